//! The index: a copy, at the other end of one more wire. It takes no older row than it has.

use std::collections::BTreeMap;
use std::rc::Rc;

use edge::index::IndexRow;
use edge::ports::Undelivered;

use crate::executor::Slot;
use crate::weather::Fault;
use crate::world::World;

/// Rows by the checkout's id.
#[derive(Default)]
pub struct Index {
    /// The newest of each.
    pub rows: BTreeMap<String, IndexRow>,
}

/// Writes a row, unless the weather has something against it.
pub async fn write(world: &Rc<World>, row: &IndexRow, deadline_ms: u32) -> Result<(), Undelivered> {
    let slot = Slot::default();
    let (taken, row) = (slot.clone(), row.clone());
    let timer = slot.clone();
    world.after(i64::from(deadline_ms), "the index's time is over", move |world| {
        timer.fill(&world.executor, Err(Undelivered));
    });
    if !world.strikes(Fault::IndexFails) {
        world.after(world.dice.between(2, 60), "the index takes a row", move |world| {
            take(world, row);
            if !world.strikes(Fault::IndexAnswerLost) {
                taken.fill(&world.executor, Ok(()));
            }
        });
    }
    slot.wait(&world.executor, "index").await
}

fn take(world: &World, row: IndexRow) {
    let mut index = world.index.borrow_mut();
    let known = index.rows.get(row.id.as_str()).map_or(0, |known| known.revision);
    if row.revision >= known {
        index.rows.insert(row.id.as_str().to_owned(), row);
    }
}
