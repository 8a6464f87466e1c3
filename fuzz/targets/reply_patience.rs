//! How long the platform, or whoever answers in its place, makes us wait.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::reply::patience(data));
