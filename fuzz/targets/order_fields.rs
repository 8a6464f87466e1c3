//! The optional fields of an order.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saoma_fuzz::shop::order_fields(data));
