//! Orders from end to end.

use domain::{Command, DeliveryState, PaymentState, Refusal, State, deadline, react};

use crate::cast::*;

#[test]
fn an_order_that_goes_well_visits_every_state() {
    use State::*;
    let states: Vec<_> = (0..=8).map(|n| happy_until(n).order.state).collect();
    let expected =
        [PaymentPending, Placed, Placed, Accepted, Cooking, Cooked, Cooked, Delivering, Delivered];
    assert_eq!(states, expected);
    assert_eq!(deadline(&happy_until(8).order), None);
    assert_eq!(react(&happy_until(8).order), None);
}

#[test]
fn the_version_counts_events_as_the_contract_does() {
    let cooking = happy_until(4).order;
    assert_eq!((cooking.state, cooking.version), (State::Cooking, 6));
    assert_eq!(cooking.steps.len(), 6);
}

#[test]
fn what_belongs_to_others_is_not_theirs_to_change() {
    let mut story = happy_until(3);
    let theirs = [
        Command::Cancel { by: id("c-other") },
        Command::StartCook { by: id("s-other") },
        Command::Acknowledge { by: id("s-other") },
        Command::ReportProblem { by: domain::Actor::Rider(doyun()), reason: "?".into() },
    ];
    for command in theirs {
        assert_eq!(story.hear(command.clone()), Err(Refusal::NotYours), "{command:?}");
    }
}

#[test]
fn an_operator_steps_in_and_says_why() {
    let reason = || "asked by phone".to_owned();
    let canceled = happy_until(7).after([Command::ForceCancel { by: id("o-1"), reason: reason() }]);
    assert_eq!(canceled.order.state, State::Canceled);
    assert_eq!(canceled.order.payment.state, PaymentState::RefundPending);
    let words: Vec<_> = canceled.order.steps.iter().filter_map(|it| it.reason.clone()).collect();
    assert_eq!(words, ["asked by phone", "OPERATOR"]);

    let again = happy_until(7).after([Command::Reassign { by: id("o-1"), reason: reason() }]);
    assert_eq!(
        (again.order.state, again.order.delivery.state),
        (State::Cooked, DeliveryState::Open)
    );

    let mut early = happy_until(6);
    let complete = Command::ForceComplete { by: id("o-1"), reason: reason() };
    assert_eq!(early.hear(complete.clone()), Err(Refusal::WrongState(State::Cooked)));
    assert_eq!(happy_until(7).after([complete]).order.state, State::Delivered);
}
