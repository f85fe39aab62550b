//! One test binary: what a user can see, and the walls of the house.

mod logsql;
mod query;
mod readme;
mod run;
mod tidy;
