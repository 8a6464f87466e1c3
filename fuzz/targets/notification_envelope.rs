//! A notification's body, believed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::notification::envelope(data));
