//! What a notification had sealed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::notification::resource(data));
