//! The decoders, for the fuzzer under `fuzz/`, which is a crate of its own.

use crate::protocol::Encoding;

/// Reads a frame as every encoding does, whoever sent it.
///
/// # Panics
/// If more is found in it than there can be.
pub fn read(frame: &[u8]) {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        assert!(encoding.commands(frame).count() <= frame.len() + 1);
    }
}
