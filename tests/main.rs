//! One test binary: what a user can see, and the walls of the house.

mod input;
mod tidy;
