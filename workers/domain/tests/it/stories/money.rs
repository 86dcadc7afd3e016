//! What is taken and what is given back.

use domain::{
    Actor, Attention, CancelReason, Command, PaymentState, Refusal, RejectReason, Rules, State,
    react,
};

use crate::cast::*;

#[test]
fn a_declined_payment_ends_the_order_before_any_store_sees_it() {
    let story = Story::begin().after([decline()]);
    assert_eq!(story.order.state, State::PaymentFailed);
    assert!(!story.order.is_on_board());
    assert_eq!(react(&story.order), None);
}

/// However far an order got, calling it off leaves none of the customer's money with us.
#[test]
fn a_canceled_order_is_always_refunded() {
    for n in 0..=happy_path().len() {
        let mut story = happy_until(n);
        match story.hear(cancel()) {
            Ok(_) => {
                while story.wait() {
                    story.settle();
                }
                story.settle();
                assert_eq!(story.order.payment.state, PaymentState::Refunded, "after step {n}");
            }
            Err(refusal) => assert_eq!(refusal, Refusal::CancelTooLate, "after step {n}"),
        }
    }
}

#[test]
fn a_payment_approved_after_the_cancel_is_given_back() {
    let mut story = Story::begin().after([cancel(), approve()]);
    assert_eq!(story.order.payment.state, PaymentState::RefundPending);
    assert!(!story.order.is_on_board(), "the store has never heard of it");
    story.settle();
    assert_eq!(story.order.payment.state, PaymentState::Refunded);
}

#[test]
fn a_payment_reported_again_after_its_refund_is_not_refunded_again() {
    let mut story = happy_until(1).after([cancel()]);
    story.settle();
    assert_eq!(story.hear(approve()), Ok(vec![]));
    assert_eq!(react(&story.order), None);
}

#[test]
fn an_unanswered_payment_is_asked_about() {
    let mut story = Story::begin();
    assert!(story.wait());
    assert_eq!(story.now, NOON + story.rules.payment_reconcile);
    assert_eq!(react(&story.order), Some(domain::Effect::Inquire));
    story.settle();
    assert_eq!(story.order.state, State::Placed);
}

/// Mina's payment is overdue and the provider does not say what became of it, this often.
fn unanswered(times: u32) -> (Story, Vec<std::time::Duration>) {
    let mut story = Story::begin();
    let mut pauses = vec![];
    assert!(story.wait());
    for _ in 0..times {
        let failed = story.now;
        story = story.after([Command::RecordInquiryFailure { reason: "timeout".into() }]);
        assert_eq!(react(&story.order), None, "neither asked nor charged before its time");
        assert!(story.wait());
        assert_eq!(react(&story.order), Some(domain::Effect::Inquire));
        pauses.push(story.now.since(failed));
    }
    (story, pauses)
}

#[test]
fn an_unanswered_question_is_asked_again_later_and_later() {
    let (mut story, pauses) = unanswered(Rules::INQUIRY_TRIES_MAX - 1);
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
    assert_eq!(story.order.state, State::PaymentPending);
    story.settle();
    assert_eq!(story.order.state, State::Placed, "a late answer still counts");
}

#[test]
fn an_order_whose_payment_stays_unknown_is_called_off_and_asked_about_for_ever() {
    let (mut story, pauses) = unanswered(Rules::INQUIRY_TRIES_MAX + 12);
    assert_eq!(story.order.state, State::Canceled);
    assert_eq!(story.order.canceled, Some((Actor::System, CancelReason::PaymentUnknown)));
    assert_eq!(story.order.payment.state, PaymentState::Pending);
    assert!(pauses.iter().all(|pause| *pause <= Rules::INQUIRY_RETRY_MAX * 5 / 4), "{pauses:?}");
    let called_off = story.order.steps.iter().filter(|step| step.event == "OrderCanceled").count();
    assert_eq!(called_off, 1);
    story.settle();
    assert_eq!(story.order.payment.state, PaymentState::Refunded);
    assert_eq!(react(&story.order), None);
}

#[test]
fn a_question_that_failed_for_two_workers_failed_once() {
    let (mut story, _) = unanswered(0);
    let failure = Command::RecordInquiryFailure { reason: "timeout".into() };
    assert_eq!(story.hear(failure.clone()).map(|events| events.len()), Ok(1));
    assert_eq!(story.hear(failure), Ok(vec![]));
}

#[test]
fn a_failing_refund_is_retried_later_and_later_until_a_person_must_look() {
    let mut story = happy_until(1).after([cancel()]);
    let mut pauses = vec![];
    for _ in 0..story.rules.refund_tries {
        let failed = story.now;
        story = story.after([Command::RecordRefundFailure { reason: "timeout".into() }]);
        assert_eq!(react(&story.order), None, "not before its time");
        if story.wait() {
            pauses.push(story.now.since(failed));
        }
    }
    assert_eq!(pauses.len(), 11);
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert!(pauses[10] <= Rules::REFUND_RETRY_MAX * 5 / 4, "{pauses:?}");
    assert_eq!(story.order.payment.state, PaymentState::RefundStuck);
    assert_eq!(story.order.attention, Some(Attention::RefundStuck));
}

#[test]
fn a_rejected_order_says_why_and_is_refunded() {
    let mut story =
        happy_until(2).after([Command::Reject { by: kitchen(), reason: RejectReason::SoldOut }]);
    story.settle();
    let expected = (State::Rejected, PaymentState::Refunded);
    assert_eq!((story.order.state, story.order.payment.state), expected);
    let reasons: Vec<_> = story.order.steps.iter().filter_map(|step| step.reason.clone()).collect();
    assert_eq!(reasons, ["SOLD_OUT"]);
}

#[test]
fn a_stuck_refund_is_tried_afresh_or_settled_by_hand() {
    let mut stuck = happy_until(1).after([cancel()]);
    while stuck.order.payment.state != PaymentState::RefundStuck {
        stuck = stuck.after([Command::RecordRefundFailure { reason: "timeout".into() }]);
        stuck.wait();
    }
    let reopened = stuck.clone().after([Command::ReopenRefund { by: id("o-1") }]);
    assert_eq!(react(&reopened.order), Some(domain::Effect::Refund));
    let by_hand = Command::SettleRefund { by: id("o-1"), reference: "bank-7".into() };
    assert_eq!(stuck.after([by_hand]).order.payment.state, PaymentState::Refunded);
}
