//! The conveyor: inputs in, report out. The one function that shows the whole program.
