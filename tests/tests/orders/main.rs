//! Do the rules hold? The order's life as tables, as stories, and as properties over random lives.

mod cells;
mod kinds;
mod laws;
mod lives;
mod money;
mod scene;
mod states;
mod stories;
mod strays;
mod table;
