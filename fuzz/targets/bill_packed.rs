//! A bill as it arrives, compressed or not.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::bill::packed(data));
