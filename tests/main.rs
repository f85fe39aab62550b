//! One test binary: what a user can see, and the walls of the house.

mod check;
mod input;
mod readme;
mod redact;
mod reports;
mod run;
mod tidy;
