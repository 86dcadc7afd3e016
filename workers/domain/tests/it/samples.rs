//! Stored events can be read for ever: one sample of each, as it was written first.

use domain::{Event, Recorded, fold};

/// One event a line, as it lies in a log. Lines are added, never changed.
const SAMPLES: &str = include_str!("samples.jsonl");

#[test]
fn every_event_ever_written_can_be_read_and_written_again() {
    for line in SAMPLES.lines() {
        let recorded: Recorded =
            serde_json::from_str(line).unwrap_or_else(|it| panic!("{it}: {line}"));
        assert_eq!(serde_json::to_string(&recorded).unwrap(), line);
    }
}

#[test]
fn there_is_a_sample_of_each_event() {
    let names: Vec<_> = SAMPLES
        .lines()
        .map(|line| serde_json::from_str::<Recorded>(line).unwrap().event.name())
        .collect();
    let source = include_str!("../../src/event.rs");
    let all =
        source.lines().filter_map(|line| line.trim().strip_prefix("Event::")?.split('"').nth(1));
    for name in all {
        assert!(names.contains(&name), "no sample of {name}");
    }
}

#[test]
fn the_first_sample_begins_an_order() {
    let first: Recorded = serde_json::from_str(SAMPLES.lines().next().unwrap()).unwrap();
    assert!(matches!(first.event, Event::OrderRequested(_)));
    let id = "0193a6f0-0000-7003-8000-000000000001".parse().unwrap();
    let order = fold(id, &[first]).unwrap();
    let text = serde_json::to_string(&order).unwrap();
    assert_eq!(serde_json::from_str::<domain::Order>(&text).unwrap(), order);
    // What it has not is not written, and was until now.
    assert!(!text.contains("null"), "{text}");
    let before = text.replacen('{', r#"{"attention":null,"eta":null,"canceled":null,"#, 1);
    assert_eq!(serde_json::from_str::<domain::Order>(&before).unwrap(), order);
}
