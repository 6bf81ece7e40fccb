//! Flows as technicians write them: the manual's, broken ones, and keys that only a whole conversation shows.

mod answers;
mod begins;
mod cases;
mod fuzz;
mod keys;
mod manual;
mod refusals;
mod trying;
mod waiting;
