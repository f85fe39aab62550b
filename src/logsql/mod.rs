//! LogsQL: the store's query language over records.
