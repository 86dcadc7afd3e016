//! One small lie for each promise, and who finds it.

use serde_json::{Value, json};

use super::*;
use crate::records::{Answer, Asked, News, Watch, Who};
use crate::truth::{Happened, Story};

const WELL: [&str; 9] = [
    "OrderRequested",
    "PaymentApproved",
    "OrderPlaced",
    "OrderAccepted",
    "CookStarted",
    "CookFinished",
    "JobClaimed",
    "DeliveryStarted",
    "DeliveryCompleted",
];

/// A world that can be lied about.
#[derive(Default)]
struct World {
    book: Book,
    truth: Truth,
    ledger: HashMap<String, Account>,
    losses: Vec<Loss>,
    absences: Vec<Absence>,
}

impl World {
    /// With one order to which this has happened, and which was paid once.
    fn with(names: &[&str]) -> World {
        let mut world = World::default();
        world.adds("o-1", names);
        world
            .ledger
            .insert("o-1".to_owned(), Account { charges: 1, amount: 1, ..Account::default() });
        world
    }

    fn adds(&mut self, id: &str, names: &[&str]) {
        let event = |(index, name): (usize, &&str)| Happened {
            name: (*name).to_owned(),
            at: 100_000 + index as u64,
            by: json!({"customer": "mina"}),
            command: format!("command-{index}"),
            sequence: 10 + index as u64,
            detail: json!({"rider": "r-1"}),
        };
        let story = Story {
            id: id.to_owned(),
            customer: "mina".to_owned(),
            store: "s-1".to_owned(),
            payment: format!("payment of {id}"),
            total_won: 1,
            events: names.iter().enumerate().map(event).collect(),
        };
        self.truth.stories.insert(id.to_owned(), story);
    }

    /// Somebody was answered so.
    fn answers(&mut self, role: &'static str, path: &str, body: &Value) {
        let id = if role == "customer" { "mina" } else { "r-1" };
        self.book.asked.push(Asked {
            who: Who { role, id: id.to_owned() },
            method: "PUT",
            path: path.to_owned(),
            key: None,
            body: Value::Null,
            from: 100_000,
            to: 100_001,
            answer: Answer::Said { status: 200, text: body.to_string() },
        });
    }

    /// The rider said where they are, so many ms before anything else happened.
    fn rider_is_seen(&mut self, ms_ago: i64) {
        self.answers("rider", "/riders/me/location", &json!({}));
        let at = jiff::Timestamp::from_millisecond(100_000 - ms_ago).expect("an instant");
        let report = self.book.asked.last_mut().expect("it was just noted");
        report.body = json!({"at": at.to_string()});
    }

    /// A rider who looks around was told so.
    fn shows_around(&mut self, news: &[Value]) {
        let heard = news.iter().enumerate().map(|(index, text)| {
            let text = text.to_string();
            let news = match index {
                0 => News::Snapshot { epoch: "old".to_owned(), text },
                _ => News::Publication { offset: 0, text },
            };
            (2_000, news)
        });
        let heard = heard.collect();
        let who = Who { role: "rider", id: "r-1".to_owned() };
        self.book.watches.push(Watch { who, channel: "nearby".to_owned(), lasts: true, heard });
    }

    /// A customer was told so, of these versions: the first in a picture, the others as they came.
    fn tells(&mut self, who: &str, versions: &[u64]) {
        let story = &self.truth.stories["o-1"];
        let heard = versions.iter().enumerate().map(|(index, version)| {
            let text = json!({"type": "order", "order": view(story, *version)}).to_string();
            let offset = story.events[*version as usize - 1].sequence;
            let news = match index {
                0 => News::Snapshot { epoch: "old".to_owned(), text },
                _ => News::Publication { offset, text },
            };
            (2_000, news)
        });
        let heard = heard.collect();
        let who = Who { role: "customer", id: who.to_owned() };
        let channel = "order:o-1".to_owned();
        self.book.watches.push(Watch { who, channel, lasts: true, heard });
    }

    /// Which promises are found to be broken.
    fn broken(&self) -> Vec<&'static str> {
        let plan = Plan::of(1, &[], None);
        let World { book, truth, ledger, losses, absences } = self;
        let case = Case { book, truth, ledger, plan: &plan, poisoned: 0, losses, absences };
        let mut broken: Vec<_> = judge(&case).iter().map(|it| it.promise).collect();
        broken.dedup();
        broken
    }
}

fn view(story: &Story, version: u64) -> Value {
    let timeline: Vec<Value> =
        story.names(version).iter().map(|name| json!({"event": name})).collect();
    json!({"id": story.id, "version": version, "timeline": timeline})
}

/// What happened until `name`.
fn until(name: &str) -> &'static [&'static str] {
    &WELL[..=WELL.iter().position(|it| *it == name).expect("it happens")]
}

#[test]
fn an_order_that_went_well_is_no_reason_to_complain() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    world.tells("mina", &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(world.broken(), Vec::<&str>::new());
}

#[test]
fn an_answer_that_was_forgotten_is_found() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    let mut shown = view(&world.truth.stories["o-1"], 9);
    shown["version"] = 12.into();
    world.answers("customer", "/orders/o-1/cancel", &shown);
    shown["id"] = "o-2".into();
    world.answers("customer", "/orders/o-2/cancel", &shown);
    assert_eq!(world.broken(), ["P1 what was acknowledged stands"]);
}

#[test]
fn an_answer_that_is_older_than_another_is_found() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    for version in [9, 8] {
        let shown = view(&world.truth.stories["o-1"], version);
        world.answers("customer", "/orders/o-1", &shown);
    }
    world.book.asked[2].from += 2;
    assert_eq!(world.broken(), ["P1 nobody is shown what was before"]);
}

#[test]
fn money_that_moved_too_often_or_too_little_is_found() {
    let mut world = World::with(until("CookFinished"));
    world.ledger.insert("o-1".to_owned(), Account { charges: 2, amount: 1, ..Account::default() });
    assert!(world.broken().contains(&"P2 nobody is charged twice"));

    let mut world =
        World::with(&["OrderRequested", "PaymentApproved", "OrderCanceled", "PaymentRefunded"]);
    assert!(world.broken().contains(&"P3 what ends badly is given back once"));
    world.ledger.entry("o-1".to_owned()).and_modify(|it| it.refunds = 1);
    assert!(!world.broken().contains(&"P3 what ends badly is given back once"));
}

#[test]
fn a_job_with_two_riders_is_found() {
    let mut world = World::with(&[until("JobClaimed"), &["JobClaimed"]].concat());
    let events = &mut world.truth.stories.get_mut("o-1").expect("it is there").events;
    events[7].detail = json!({"rider": "r-2"});
    assert!(world.broken().contains(&"P4 one rider holds a job"));
}

#[test]
fn a_cancel_after_the_cook_began_is_found() {
    let world = World::with(&[until("CookStarted"), &["OrderCanceled"]].concat());
    assert!(world.broken().contains(&"P5 a cancel and a cook never both win"));
}

#[test]
fn news_that_were_left_out_repeated_or_never_came_are_found() {
    let broken = "P6 a watcher sees everything once, in order";
    for versions in [&[3, 5, 6, 7, 8, 9][..], &[7, 8, 8, 9], &[3, 4, 5]] {
        let mut world = World::with(&WELL);
        world.rider_is_seen(0);
        world.tells("mina", versions);
        assert_eq!(world.broken(), [broken], "{versions:?}");
    }
}

#[test]
fn a_job_that_is_shown_for_ever_is_found() {
    let shown = json!({"jobs": [{"orderId": "o-1"}]});
    let gone = json!({"type": "jobGone", "orderId": "o-1", "reason": "taken"});
    for (news, broken) in
        [(&[shown.clone(), gone][..], &[][..]), (&[shown], &["P6 no job is shown that is gone"])]
    {
        let mut world = World::with(&WELL);
        world.rider_is_seen(0);
        world.shows_around(news);
        assert_eq!(world.broken(), broken);
    }
}

#[test]
fn whoever_goes_on_as_if_nothing_was_lost_is_found() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    world.tells("mina", &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let epochs = ["old".to_owned()].into();
    let loss = Loss { from: 2_500, to: 3_000, over: 3_000, epochs, takes_acknowledged: true };
    world.losses.push(loss);
    assert_eq!(world.broken(), Vec::<&str>::new(), "nothing came after it");
    world.book.watches[0].heard.push((9_000, News::Resumed));
    assert_eq!(world.broken(), ["P6 after a loss everybody looks again"]);
    let text = json!({"order": view(&world.truth.stories["o-1"], 9)}).to_string();
    for (epoch, broken) in [("old", &["P6 after a loss everybody looks again"][..]), ("new", &[])] {
        let (epoch, text) = (epoch.to_owned(), text.clone());
        world.book.watches[0].heard.push((9_500, News::Snapshot { epoch, text }));
        assert_eq!(world.broken(), broken);
    }
}

#[test]
fn an_order_that_nobody_took_for_want_of_workers_is_found() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    world.absences.push(Absence { from: 99_000, to: 101_000 });
    world.answers("customer", "/orders", &Value::Null);
    let asked = world.book.asked.last_mut().expect("it was just noted");
    asked.method = "POST";
    assert_eq!(world.broken(), Vec::<&str>::new());
    let asked = world.book.asked.last_mut().expect("it was just noted");
    asked.answer = Answer::Unknown("no answer".to_owned());
    assert_eq!(world.broken(), ["I9 orders are taken without workers"]);
}

#[test]
fn a_stranger_who_is_told_is_found() {
    let mut world = World::with(&WELL);
    world.rider_is_seen(0);
    world.tells("somebody else", &[9]);
    assert_eq!(world.broken(), ["P7 nobody sees what is not theirs"]);
}

#[test]
fn what_never_ends_and_what_is_left_lying_is_found() {
    let mut world = World::with(until("CookFinished"));
    world.truth.dead.push("group payment".to_owned());
    assert_eq!(world.broken(), ["P8 everything comes to rest"]);
}

#[test]
fn a_claim_out_of_silence_is_found() {
    let broken = "I10 who is silent claims nothing";
    let mut world = World::with(&WELL);
    assert_eq!(world.broken(), [broken]);
    world.rider_is_seen(4_000);
    assert_eq!(world.broken(), [broken]);
    world.rider_is_seen(3_990);
    assert_eq!(world.broken(), Vec::<&str>::new());
}
