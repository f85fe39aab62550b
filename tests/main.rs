//! One test binary: what a user can see, and the walls of the house.

mod bench;
mod beside;
mod check;
mod claims;
mod dice;
mod evidence;
mod fuzz;
mod hostile;
mod input;
mod logsql;
mod outside;
mod query;
mod readme;
mod redact;
mod reports;
mod run;
mod secrets;
mod store;
mod tidy;
mod triage;
mod variants;
mod written;
