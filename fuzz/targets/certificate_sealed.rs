//! What a platform certificate was sealed as.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::certificates::certificate(data));
