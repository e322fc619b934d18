#![no_main]

libfuzzer_sys::fuzz_target!(|sql: &str| deskhand_fuzz::sql(sql));
