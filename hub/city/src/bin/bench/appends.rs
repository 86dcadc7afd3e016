//! Events that are appended, beside the same script without us.

use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use domain::{Command, CommandId, Rules, Trace};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;
use uuid::Uuid;

use crate::Scale;
use crate::figures::{Table, Times, count, median};
use crate::orders::{self, Made};
use crate::place::{Place, Spot};

/// Orders, each of which is accepted, cooked and done.
const ORDERS: usize = 5_000;
/// How many append at once.
const WRITERS: usize = 64;
/// Calls of the bare script.
const CALLS: usize = 50_000;
/// How long one of our calls may take to be seen.
const SEEN_MAX: Duration = Duration::from_secs(10);
/// redis-benchmark puts another number there each time.
const RANDOM: &[u8] = b"__rand_int__";

/// As many events as can be appended, by one process.
pub(crate) async fn appends(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Events appended");
    let place = Place::begin().await?;
    let stores = orders::open_stores(&place.streams, 100).await?;
    let (mut rates, mut redis, mut times) = (vec![], vec![], Times::default());
    let orders = scale.of(ORDERS);
    for run in 0..usize::from(scale.runs) {
        let numbers = run * orders..(run + 1) * orders;
        let made = orders::place_all(&place.streams, &stores, numbers).await?;
        let before = place.redis_seconds().await?;
        let started = Instant::now();
        times = cook(&place, made).await?;
        rates.push(times.len() as f64 / started.elapsed().as_secs_f64());
        redis.push((place.redis_seconds().await? - before) * 1e6 / times.len() as f64);
    }
    let script = overheard(&place, &stores, usize::from(scale.runs) * orders).await?;
    let raw = place.redis_benchmark_with(WRITERS, 1, scale.of(CALLS), &script).await?;
    let rate = median(rates);
    table.row(
        format!("a store's three taps, {WRITERS} at once: read, decide, append"),
        format!(
            "{} a second; {}; {:.0} µs of Redis each",
            count(rate),
            times.summary(),
            median(redis)
        ),
        format!(
            "{} a second: the same script by redis-benchmark, that neither reads nor decides",
            count(raw.per_second)
        ),
        format!("{:.2}", rate / raw.per_second),
    );
    Ok(table)
}

/// Every order is cooked. How long each append took.
async fn cook(place: &Place, made: Vec<Made>) -> anyhow::Result<Times> {
    let cook = |order: Made| async move {
        let by = orders::store_id(order.store)?;
        let steps = [
            Command::Accept { by: by.clone(), cook_minutes: 15 },
            Command::StartCook { by: by.clone() },
            Command::FinishCook { by },
        ];
        let mut took = Vec::with_capacity(steps.len());
        for step in steps {
            let started = Instant::now();
            let trace = Trace::of(CommandId(Uuid::now_v7()));
            place.streams.execute(order.id, trace, &step, &Rules::default()).await?;
            took.push(started.elapsed());
        }
        anyhow::Ok(took)
    };
    let cooking = stream::iter(made).map(cook).buffer_unordered(WRITERS);
    let took: Vec<Vec<Duration>> = cooking.try_collect().await?;
    let mut times = Times::default();
    took.into_iter().flatten().for_each(|it| times.add(it));
    Ok(times)
}

/// The call by which an order begins, as Redis hears it, with another order each time.
async fn overheard(
    place: &Place,
    stores: &[Spot],
    number: usize,
) -> anyhow::Result<Vec<std::ffi::OsString>> {
    let mut monitor = place.redis_cli_command(&["MONITOR"]).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(monitor.stdout.take().context("a pipe")?).lines();
    ensure!(lines.next_line().await?.is_some(), "redis-cli does not monitor");
    let made = orders::place_all(&place.streams, stores, number..number + 1).await?;
    let id = made.first().context("an order")?.id.to_string();
    let log = format!("}}:{id}\"");
    let listening = async {
        while let Some(line) = lines.next_line().await? {
            let is_call = line.contains("\"EVALSHA\"") && line.contains("\"log:");
            if is_call && line.contains(&log) {
                return anyhow::Ok(line);
            }
        }
        anyhow::bail!("redis-cli ended")
    };
    let line = timeout(SEEN_MAX, listening).await.context("waiting for our own call")??;
    monitor.kill().await?;
    let words = words(&line);
    let of_another = |word: Vec<u8>| match word.ends_with(id.as_bytes()) && word.starts_with(b"log")
    {
        true => [&word[..word.len() - id.len()], RANDOM].concat(),
        false => word,
    };
    Ok(words.into_iter().map(of_another).map(OsStringExt::from_vec).collect())
}

/// The words of a line of `MONITOR`, each in quotes.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut bytes = line.bytes().skip_while(|byte| *byte != b'"');
    while bytes.next().is_some() {
        let mut word = Vec::new();
        while let Some(byte) = bytes.next().filter(|byte| *byte != b'"') {
            match byte {
                b'\\' => word.extend(unescaped(&mut bytes)),
                byte => word.push(byte),
            }
        }
        words.push(word);
        // The space between two.
        bytes.next();
    }
    words
}

fn unescaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(match bytes.next()? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'x' => {
            let digits = [bytes.next()?, bytes.next()?];
            u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
        }
        byte => byte,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_hears_is_said_again_byte_by_byte() {
        let line = r#"1.5 [0 127.0.0.1:1] "SET" "a \"b\"" "\xeb\xa7\x9d\n\\""#;
        let said = [b"SET".to_vec(), br#"a "b""#.to_vec(), "망\n\\".into()];
        assert_eq!(words(line), said);
    }
}
