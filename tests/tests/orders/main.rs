//! Do the rules hold? The order's life as one table, and as properties over random lives.

mod lives;
mod scene;
mod strays;
mod table;
