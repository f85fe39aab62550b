//! The proxy's audit record: the decision table.
