//! The list of platform certificates.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::certificates::list(data));
