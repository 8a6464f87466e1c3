//! Keys and certificates, below their wrapping.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::keys::der(data));
