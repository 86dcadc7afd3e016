//! What telling one listener costs, in instructions and allocations: counted and not timed, so that
//! two commits can be compared on any machine, however busy it is.

use std::process::Stdio;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use hub::{Occasion, Rehearsal};
use tokio::process::Command;

use crate::figures::{Table, count};

/// How often everybody is told something. What one time costs is the difference of the two: the
/// start of the program and all that is made once are in both.
const TIMES: [usize; 2] = [8, 24];
/// What is told, to how many, and how many messages of it wait for each when they read.
const ACTS: [(Act, usize, usize); 6] = [
    (Act::Board, 100, 1),
    (Act::Board, 1_000, 1),
    (Act::Board, 1_000, 16),
    (Act::Job, 100, 1),
    (Act::Job, 1_000, 1),
    (Act::Job, 1_000, 16),
];

const COLUMNS: [&str; 6] = [
    "what is told",
    "listeners",
    "messages at once",
    "instructions a delivery",
    "allocations a delivery",
    "bytes allocated a delivery",
];

/// What to be instead of a bench: the program that is counted.
#[derive(Clone, Debug, Args)]
pub(crate) struct Role {
    #[arg(long, hide = true, value_enum)]
    rehearse: Option<Act>,
    #[arg(long, hide = true, default_value_t = 0)]
    listeners: usize,
    #[arg(long, hide = true, default_value_t = 0)]
    at_once: usize,
    #[arg(long, hide = true, default_value_t = 0)]
    times: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Act {
    /// A ticket of a board.
    Board,
    /// A job near riders.
    Job,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Act::Board => "a ticket, the same to all",
            Act::Job => "a job nearby, to each their distance",
        }
    }
}

impl Role {
    /// Tells so often what it should. `false` if it is a bench after all.
    pub(crate) fn perform(&self) -> bool {
        let Some(act) = self.rehearse else { return false };
        let occasion = match act {
            Act::Board => Occasion::Board,
            Act::Job => Occasion::Job,
        };
        let mut rehearsal = Rehearsal::of(occasion, self.listeners);
        let bytes: usize = (0..self.times).map(|_| rehearsal.tell(self.at_once)).sum();
        std::hint::black_box(bytes);
        true
    }
}

/// What it costs, or that nobody can say.
pub(crate) async fn instructions() -> anyhow::Result<Table> {
    let mut table = Table::of("What telling one listener costs, counted", &COLUMNS);
    let version = Command::new("valgrind").arg("--version").stdin(Stdio::null()).output().await;
    let Ok(version) = version else {
        table.note("skipped: valgrind is not installed, and nothing else counts".to_owned());
        return Ok(table);
    };
    for (act, listeners, at_once) in ACTS {
        let deliveries = ((TIMES[1] - TIMES[0]) * at_once * listeners) as f64;
        let play = async |tool: Tool| {
            let few = tool.count(act, listeners, at_once, TIMES[0]).await?;
            let many = tool.count(act, listeners, at_once, TIMES[1]).await?;
            anyhow::Ok([0, 1].map(|it| (many[it] - few[it]) / deliveries))
        };
        let [instructions, _] = play(Tool::Callgrind).await?;
        let [bytes, allocations] = play(Tool::Dhat).await?;
        table.cells(vec![
            act.name().to_owned(),
            count(listeners as f64),
            count(at_once as f64),
            count(instructions),
            format!("{allocations:.2}"),
            count(bytes),
        ]);
    }
    table.note(format!(
        "From an entry of a feed to the frames of all sockets, without the network; {}.",
        String::from_utf8_lossy(&version.stdout).trim()
    ));
    Ok(table)
}

/// What counts.
#[derive(Clone, Copy)]
enum Tool {
    /// Instructions.
    Callgrind,
    /// Bytes and allocations.
    Dhat,
}

impl Tool {
    /// Counts over the whole life of the program.
    async fn count(
        self,
        act: Act,
        listeners: usize,
        at_once: usize,
        times: usize,
    ) -> anyhow::Result<[f64; 2]> {
        let tool = match self {
            Tool::Callgrind => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Tool::Dhat => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        };
        let act = act.to_possible_value().context("an act without a name")?;
        let output = Command::new("valgrind")
            .args(tool)
            .arg(std::env::current_exe()?)
            .args(["--rehearse", act.get_name(), "--listeners", &listeners.to_string()])
            .args(["--at-once", &at_once.to_string(), "--times", &times.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = output.await.context("starting valgrind")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "valgrind failed: {said}");
        self.read(&said).with_context(|| format!("valgrind said something else: {said}"))
    }

    fn read(self, said: &str) -> Option<[f64; 2]> {
        let after = |mark: &str| said.lines().find_map(|line| Some(line.split_once(mark)?.1));
        let number = |text: &str| text.trim().replace(',', "").parse::<f64>().ok();
        match self {
            Tool::Callgrind => Some([number(after("Collected : ")?)?, 0.0]),
            Tool::Dhat => {
                let (bytes, blocks) = after("Total: ")?.split_once(" bytes in ")?;
                Some([number(bytes)?, number(blocks.strip_suffix(" blocks")?)?])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_valgrind_says_is_understood() {
        let said = "==7== Events    : Ir\n==7== Collected : 8105633\n";
        assert_eq!(Tool::Callgrind.read(said), Some([8_105_633.0, 0.0]));
        let said = "==7== Total:     1,234,567 bytes in 8,901 blocks\n==7== At t-gmax: 1 bytes\n";
        assert_eq!(Tool::Dhat.read(said), Some([1_234_567.0, 8_901.0]));
        assert_eq!(Tool::Dhat.read("==7== valgrind: no such tool"), None);
    }
}
