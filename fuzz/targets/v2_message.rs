//! A message of V2 under a right sign, and without one.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    saoma_fuzz::v2::believed(data);
    saoma_fuzz::v2::doors(data);
});
