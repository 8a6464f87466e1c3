//! Headers and body from anybody, against a real key.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::notification::forged(data));
