//! What the store lives through.

use std::time::Duration;

use domain::{
    Attention, CancelReason, Command, DeliveryState, PaymentState, Refusal, State, deadline,
};

use crate::cast::*;

#[test]
fn of_a_cancel_and_a_cook_start_the_first_wins() {
    let mut canceled = happy_until(3).after([cancel()]);
    let late = canceled.hear(Command::StartCook { by: kitchen() });
    assert_eq!(late, Err(Refusal::WrongState(State::Canceled)));

    let mut cooking = happy_until(4);
    assert_eq!(cooking.hear(cancel()), Err(Refusal::CancelTooLate));
}

#[test]
fn until_it_is_paid_an_order_is_no_stores() {
    let mut story = happy_until(0);
    assert_eq!(story.order.state, State::PaymentPending);
    for command in [Command::ReceiveTicket { by: kitchen() }, accept()] {
        assert_eq!(story.hear(command), Err(Refusal::NotYours));
    }
}

#[test]
fn the_clock_to_accept_starts_with_the_receipt() {
    let mut unseen = happy_until(1);
    assert_eq!(deadline(&unseen.order).map(|it| it.at), Some(NOON + unseen.rules.store_reach));
    unseen.wait();
    let reason = |story: &Story| story.order.canceled.clone().map(|(_, reason)| reason);
    assert_eq!(reason(&unseen), Some(CancelReason::StoreUnreachable));

    let mut seen = happy_until(2);
    seen.wait();
    assert_eq!(seen.now, NOON + seen.rules.accept / 2);
    assert_eq!(seen.order.attention, Some(Attention::StoreSlow));
    seen.wait();
    assert_eq!(seen.now, NOON + seen.rules.accept);
    assert_eq!(reason(&seen), Some(CancelReason::StoreTimeout));
    seen.settle();
    assert_eq!(seen.order.payment.state, PaymentState::Refunded);
}

#[test]
fn a_second_receipt_does_not_start_the_clock_again() {
    let mut story = happy_until(2);
    story.now = story.now + Duration::from_secs(60);
    assert_eq!(story.hear(Command::ReceiveTicket { by: kitchen() }), Ok(vec![]));
    assert_eq!(story.order.accept_by, Some(NOON + story.rules.accept));
}

#[test]
fn a_struck_ticket_stays_until_the_store_has_seen_it() {
    let mut story = happy_until(3).after([cancel()]);
    assert!(story.order.is_on_board());
    story = story.after([Command::Acknowledge { by: kitchen() }]);
    assert!(!story.order.is_on_board());

    let own = happy_until(3)
        .after([Command::CancelByStore { by: kitchen(), reason: CancelReason::StoreSoldOut }]);
    assert!(!own.order.is_on_board(), "the store knows what it did itself");
}

#[test]
fn a_tap_can_be_taken_back_for_ten_seconds() {
    let mut story = happy_until(5);
    story = story.after([Command::Undo { by: kitchen() }]);
    assert_eq!(
        (story.order.state, story.order.delivery.state),
        (State::Cooking, DeliveryState::Announced)
    );
    assert_eq!(story.hear(Command::Undo { by: kitchen() }), Err(Refusal::UndoTooLate));

    let mut late = happy_until(5);
    late.now = late.now + late.rules.undo + Duration::from_millis(1);
    assert_eq!(late.hear(Command::Undo { by: kitchen() }), Err(Refusal::UndoTooLate));

    let mut claimed = happy_until(6);
    assert_eq!(claimed.hear(Command::Undo { by: kitchen() }), Err(Refusal::UndoTooLate));
}

#[test]
fn the_first_promise_stays_and_a_change_says_why() {
    let mut story = happy_until(4);
    let promised = story.order.eta.clone().expect("accepted orders have one");
    story = story.after([Command::DelayCook { by: kitchen(), minutes: 10 }]);
    let delayed = story.order.eta.clone().expect("it still has");
    assert_eq!(delayed.first_promise, promised.to);
    assert_eq!(delayed.to, promised.to + Duration::from_secs(600));
    assert_eq!(delayed.cause.as_deref(), Some("CookDelayed"));
}
