//! The follower and the encoder of `<saoma-checkout>`, for the shopper's page.
//!
//! The element, its shell and the requests are JavaScript (widget/js), which shows the first code
//! and follows it by itself while this module travels; where wasm may not run, it goes on so. This
//! module takes over when it is there. Reading order: `session` decides, without a browser, what to
//! ask, what to show and what to tell; `picture` is what is to be seen; `answer` and `link` are what
//! may become of a request and of the socket; `seen` is what is known of a view; `qr` makes a text a
//! path. Only `border` and `drawing` know JavaScript, and `wire` says what crosses over.
//!
//! Nothing here holds a key or decides about money: it shows what the Worker says.

mod answer;
mod border;
#[cfg(test)]
mod dice;
mod drawing;
mod link;
mod picture;
mod qr;
mod seen;
mod session;
mod wire;

pub use crate::border::{Follower, draw};

/// The standard allocator is a tenth of the module. Ours lives in one thread and holds a few
/// hundred small things.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> = {
    // SAFETY: a page's wasm module has one thread; nothing here can start another.
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) }
};
