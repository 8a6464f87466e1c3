//! What a shop asks for when it gives money back.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::giving_back::request(data));
