//! One test binary: what a user can see, and the walls of the house.

mod fuzz;
mod hostile;
mod readme;
mod redact;
mod run;
mod tidy;
