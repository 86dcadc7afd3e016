//! Bytes that anybody could have sent, or that a bug could have left in Redis, against everything
//! that reads them: the seeds under `tests/seeds`, damaged in many ways.
//!
//! `cargo test` does the same for some seconds every time. For as long as one likes, and never
//! twice the same: `make fuzz SECONDS=600`. What is found goes to the seeds.

mod api;
mod damage;
mod frames;
mod stored;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rand::rngs::Xoshiro256PlusPlus as Dice;
use rand::{RngExt, SeedableRng};

use damage::damaged;

/// With which all of this is signed.
const SECRET: &str = "a secret that only these tests know of";
/// With which the dice begin when everybody is to see the same.
const SEED: u64 = 20;
/// Inputs that were understood in spite of their damage, and are damaged further.
const POOL_MAX: usize = 2_000;

/// What is thrown at something.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds").join(target);
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Throws every seed as it is, and then so many that are damaged, at `test`, which says whether it
/// understood any of it.
fn throw(target: &str, cases: usize, test: impl Fn(&[u8]) -> bool) {
    let lasts = std::env::var("FUZZ_SECONDS").ok().map(|it| it.parse().expect("seconds"));
    let lasts = lasts.map(Duration::from_secs);
    let seed = if lasts.is_some() { rand::random() } else { SEED };
    let mut dice = Dice::seed_from_u64(seed);
    let survived = |bytes: &[u8]| {
        let outcome = catch_unwind(AssertUnwindSafe(|| test(bytes)));
        outcome.unwrap_or_else(|_| panic!("{target} did not survive b\"{}\"", bytes.escape_ascii()))
    };
    let mut pool = seeds(target);
    for seed in &pool {
        assert!(survived(seed), "nothing is understood of b\"{}\"", seed.escape_ascii());
    }
    let (started, mut thrown, mut understood) = (Instant::now(), 0, 0);
    let is_over = |thrown| match lasts {
        Some(lasts) => started.elapsed() >= lasts,
        None => thrown >= cases,
    };
    while !is_over(thrown) {
        let bytes = damaged(&pool[dice.random_range(0..pool.len())], &mut dice);
        thrown += 1;
        if survived(&bytes) {
            understood += 1;
            match pool.len() < POOL_MAX {
                true => pool.push(bytes),
                false => pool[dice.random_range(0..POOL_MAX)] = bytes,
            }
        }
    }
    println!("{target}: {thrown} thrown, {understood} understood in {:?}", started.elapsed());
}

#[test]
fn no_frame_breaks_a_decoder_or_a_session() {
    throw("frames", 500, frames::understood);
}

#[test]
fn nothing_that_lies_in_redis_breaks_those_who_read_and_show_it() {
    throw("stored", 4_000, stored::understood);
}

#[test]
fn no_body_makes_a_command_fail_for_a_reason_of_ours() {
    let api = api::Api::start();
    throw("api", 100, |calls| api.understands(calls));
}
