//! A message of V2, from anybody.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::v2::xml(data));
