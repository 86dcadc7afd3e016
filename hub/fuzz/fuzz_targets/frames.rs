//! Any bytes at all, as a frame of a client. In `hub/`, with cargo-fuzz:
//! `cargo +nightly fuzz run frames fuzz/corpus/frames fuzz/seeds/frames`

#![no_main]

libfuzzer_sys::fuzz_target!(|frame: &[u8]| hub::fuzzing::read(frame));
