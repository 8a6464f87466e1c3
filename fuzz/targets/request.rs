//! The bodies and queries of requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::shop::request(data));
