//! How many requests an undisturbed half hour costs, preflights and sockets counted: exact, since
//! the Worker is perfect and the clock is ours.

use super::world::{Fate, World};
use super::*;

fn half_hour(dialling: Dialling, held: Fate, chance: u8) -> World {
    half_hour_of(World::new(7, dialling), held, chance)
}

fn half_hour_of(mut world: World, held: Fate, chance: u8) -> World {
    (world.chance, world.held) = (Some(chance), held);
    world.feed(Event::Returned);
    world.feed(Event::Shown);
    world.run(1_800_000);
    assert!(world.is_informed());
    println!(
        "{:?} ({} tried), held questions {held:?}, chance {chance}: {} requests, {} preflights",
        world.dialling,
        world.bill.sockets,
        world.bill.requests,
        world.bill.preflights(),
    );
    world
}

/// The order and its preflight, the socket, five readings and the preflight of the first.
#[test]
fn a_page_with_a_socket_asks_nine_times_in_half_an_hour() {
    for chance in [0, 128, 255] {
        assert_eq!(half_hour(Dialling::Allowed, Fate::Answered, chance).bill.total(), 9);
    }
}

#[test]
fn a_page_whose_questions_are_held_asks_75_times_in_half_an_hour() {
    for chance in [0, 128, 255] {
        assert_eq!(half_hour(Dialling::Forbidden, Fate::Answered, chance).bill.total(), 75);
    }
}

/// However held questions fail: never answered, cut off at once, answered by somebody else.
#[test]
fn a_page_on_the_ladder_asks_at_most_ninety_times_in_half_an_hour() {
    for held in [Fate::Lost, Fate::Cut, Fate::Foreign, Fate::Busy { retry_after_s: None }] {
        for chance in [0, 128, 255] {
            let total = half_hour(Dialling::Forbidden, held, chance).bill.total();
            assert!((50..=90).contains(&total), "{total}");
        }
    }
}

/// A proxy that lets no socket through: each try is on the bill.
#[test]
fn a_page_whose_sockets_never_open_stays_within_ninety() {
    for chance in [0, 128, 255] {
        let mut world = World::new(7, Dialling::Allowed);
        world.sockets_open = false;
        let total = half_hour_of(world, Fate::Answered, chance).bill.total();
        assert!((76..=90).contains(&total), "{total}");
    }
}
