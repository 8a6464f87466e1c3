//! Names, moments, addresses, tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::shop::names(data));
