//! A call that an operator words by hand.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::operator::raw_call(data));
