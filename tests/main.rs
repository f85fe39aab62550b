//! One test binary: what a user can see, and the walls of the house.

mod check;
mod input;
mod logsql;
mod query;
mod readme;
mod redact;
mod run;
mod store;
mod tidy;
