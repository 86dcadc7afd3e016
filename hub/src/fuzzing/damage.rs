//! How things break.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus as Dice;

/// Most that is wrong with one input.
const SCARS_MAX: usize = 4;
/// Most bytes that are left out or said twice.
const PIECE_BYTES_MAX: usize = 64;
/// An input that has grown longer is cut.
const BYTES_MAX: usize = 16 * 1024;

/// What chance alone would rarely find.
const TOKENS: [&[u8]; 20] = [
    b"null",
    b"-1",
    b"0",
    b"1e999",
    b"4",
    b"18446744073709551615",
    b"9223372036854775808",
    b"253402300800000",
    b"4294967296",
    b"\"\"",
    b"{}",
    b"[]",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\xff\xfe",
    b"\n",
    b"\"id\":2,",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

/// `whole`, with some of it changed.
pub(super) fn damaged(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..dice.random_range(1..=SCARS_MAX) {
        let at = dice.random_range(0..=bytes.len());
        let upto = (at + dice.random_range(1..=PIECE_BYTES_MAX)).min(bytes.len());
        match dice.random_range(0..8_u8) {
            0 => bytes.insert(at, dice.random()),
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.random_range(0..8_u8),
            2 => drop(bytes.drain(at..upto)),
            3 => {
                let token = TOKENS[dice.random_range(0..TOKENS.len())];
                drop(bytes.splice(at..at, token.iter().copied()));
            }
            // In place of the number, the name or the word that stands there.
            4 | 5 => {
                let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
                let before = bytes[..at].iter().rev().take_while(is_part).count();
                let after = bytes[at..].iter().take_while(is_part).count();
                let token = TOKENS[dice.random_range(0..TOKENS.len())];
                drop(bytes.splice(at - before..at + after, token.iter().copied()));
            }
            6 => {
                let again = bytes[at..upto].to_vec();
                drop(bytes.splice(at..at, again));
            }
            _ => swap_lines(&mut bytes, dice),
        }
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

/// Two lines change places: what is right, at a time when it is not.
fn swap_lines(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let (one, other) = (dice.random_range(0..lines.len()), dice.random_range(0..lines.len()));
    lines.swap(one, other);
    *bytes = lines.join(&b'\n');
}
