#![no_main]

libfuzzer_sys::fuzz_target!(|messages: Vec<(u8, u8, Vec<u8>)>| deskhand_fuzz::share::serve(&messages));
