//! Store: the answers of the store's HTTP API and of the live tool's methods, over a dump.
