//! One test binary: what a user can see, and the walls of the house.

mod check;
mod input;
mod logsql;
mod query;
mod fuzz;
mod hostile;
mod readme;
mod redact;
mod run;
mod tidy;
mod triage;
