//! An answer of the platform, signed and unsigned.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    saoma_fuzz::reply::believed(data);
    saoma_fuzz::reply::unsigned(data);
});
