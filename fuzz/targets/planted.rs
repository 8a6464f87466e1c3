//! A promise that is broken on purpose, to show that a broken one is found.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| assert!(!data.starts_with(b"chk_"), "planted"));
