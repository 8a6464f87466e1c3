//! A sub-merchant's bill, under a key of its own.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::bill::sealed(data));
