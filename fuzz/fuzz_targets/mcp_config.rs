#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deskhand_fuzz::servers(bytes));
