//! The page of results: a section for each scenario, renewed when that is run again; pictures beside
//! it.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::Context;
use clap::ValueEnum;

use crate::figures::Table;
use crate::plot::Picture;
use crate::{Scenario, Settings};

/// Where the pictures are, beside the page.
const PICTURES: &str = "results";
const HEAD: &str = "# What was measured

Written by `make bench ARGS=\"--report hub/city/RESULTS.md\"`; each section says when and where. What
stands in the third column was run in between, on the same machine. Rates of one machine differ by a
third from one hour to the next: compare within a line, never across sections.
";

/// Writes what a scenario found into its section of the page.
pub(crate) fn write(
    page: &Path,
    scenario: Scenario,
    settings: &Settings,
    table: &Table,
) -> anyhow::Result<()> {
    let name = scenario.to_possible_value().context("a scenario without a name")?;
    let folder = page.parent().unwrap_or(Path::new(".")).join(PICTURES);
    let mut section = table.to_string();
    for Picture { title, file, svg } in table.pictures()? {
        fs::create_dir_all(&folder).context("making a folder for pictures")?;
        fs::write(folder.join(&file), svg).context("writing a picture")?;
        write!(section, "\n![{title}]({PICTURES}/{file})\n")?;
    }
    let runs = match settings.runs {
        _ if settings.quick => "in a hurry, with a tenth of everything".to_owned(),
        1 => "one run".to_owned(),
        _ if scenario.is_run_once() => "one run".to_owned(),
        runs => format!("the median of {runs} runs"),
    };
    write!(section, "\n{} · {runs} · {}\n", jiff::Zoned::now().date(), machine())?;
    let old = fs::read_to_string(page).unwrap_or_else(|_| HEAD.to_owned());
    fs::write(page, with_section(&old, name.get_name(), &section)).context("writing the results")
}

/// The page with this section instead of the one that it had.
fn with_section(page: &str, name: &str, section: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let section = format!("{begin}{section}{end}");
    match page.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1))) {
        Some((head, tail)) => format!("{head}{section}{tail}"),
        None => format!("{}\n\n{section}", page.trim_end()),
    }
}

/// On what it was run.
fn machine() -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory = line("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kilobytes: f64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    let redis = Command::new("redis-server").arg("--version").output();
    let redis = redis.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let redis = redis.unwrap_or_default();
    let version = redis.split(' ').find_map(|word| word.strip_prefix("v=")).unwrap_or("?");
    format!(
        "{cores} cores ({processor}), {:.0} GiB, everything over loopback · Redis {version}",
        kilobytes / 1024.0 / 1024.0
    )
}

fn line(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_renewed_where_it_stands() {
        let page = with_section("# Head\n", "one", "1\n");
        let page = with_section(&page, "two", "2\n");
        let page = with_section(&page, "one", "3\n");
        let expected = "# Head\n\n<!-- one -->\n3\n<!-- end of one -->\n\n<!-- two -->\n2\n<!-- end of two -->\n";
        assert_eq!(page, expected);
    }
}
