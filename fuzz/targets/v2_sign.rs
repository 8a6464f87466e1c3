//! A message of V2, unsigned, forged or genuine.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::v2::signs(data));
