//! Every state that can be reached, and everything that can be tried there.

use std::collections::{HashSet, VecDeque};

use domain::{
    Actor, CancelReason, Command, DeliveryState, Effect, Order, PaymentState, RejectReason, Rules,
    State, deadline, react,
};

use crate::cast::*;

/// Every command there is, by everybody who could give it.
fn everything() -> Vec<Command> {
    use Command::*;
    let (store, stranger) = (kitchen(), id::<domain::StoreId>("s-other"));
    let (mine, other) = (haneul(), doyun());
    vec![
        approve(),
        decline(),
        AskAboutPayment,
        RecordInquiryFailure { reason: "timeout".into() },
        ReceiveTicket { by: store.clone() },
        RemindStore,
        accept(),
        Accept { by: stranger.clone(), cook_minutes: 15 },
        AutoAccept { cook_minutes: 10 },
        Reject { by: store.clone(), reason: RejectReason::TooBusy },
        StartCook { by: store.clone() },
        DelayCook { by: store.clone(), minutes: 5 },
        FinishCook { by: store.clone() },
        Undo { by: store.clone() },
        CancelByStore { by: store.clone(), reason: CancelReason::StoreOther },
        CancelByStore { by: stranger, reason: CancelReason::StoreOther },
        Acknowledge { by: store },
        cancel(),
        Cancel { by: id("c-other") },
        claim(mine.clone()),
        claim(other.clone()),
        Release { by: mine.clone(), reason: "flat tire".into() },
        pick(mine.clone()),
        pick(other.clone()),
        Confirm { by: mine },
        Confirm { by: other },
        ReportProblem { by: Actor::Customer(mina()), reason: "cold".into() },
        GiveUpOnStore,
        WidenRing,
        AlertNoRider,
        GiveUpOnRiders,
        RecordRefund { refund: "refund-1".into() },
        RecordRefundFailure { reason: "timeout".into() },
        RetryRefund,
        NoticeSilence { rider: haneul() },
        NoticeApproach { rider: haneul(), from: AT_DOOR },
        ForceCancel { by: id("o-1"), reason: "asked by phone".into() },
        Reassign { by: id("o-1"), reason: "flat tire".into() },
        ForceComplete { by: id("o-1"), reason: "customer called".into() },
        ReopenRefund { by: id("o-1") },
        SettleRefund { by: id("o-1"), reference: "bank-7".into() },
    ]
}

/// What two orders must share for the same things to be possible in both: all but the instants.
fn shape(story: &Story) -> impl Eq + std::hash::Hash + use<> {
    let Order { payment, delivery, .. } = &story.order;
    let order = &story.order;
    let is_ahead = |at: Option<domain::Timestamp>| at.map(|at| at <= story.now);
    (
        (order.state, order.attention, order.acknowledged, order.canceled.clone(), order.rejected),
        (
            payment.state,
            payment.is_overdue,
            payment.refund_tries,
            is_ahead(payment.refund_retry_at),
            // Of no consequence once there is an answer.
            (payment.state == PaymentState::Pending)
                .then(|| payment.inquiry_tries.min(Rules::INQUIRY_TRIES_MAX)),
        ),
        (is_ahead(order.accept_by), is_ahead(order.remind_at), order.placed_at.is_some()),
        (
            (delivery.state, delivery.rider.clone(), delivery.approached),
            (delivery.ring, delivery.released.len()),
        ),
        (is_ahead(delivery.widen_at), is_ahead(delivery.alert_at)),
        order.undo.map(|undo| undo.version == order.version && story.now <= undo.until),
    )
}

/// Calls `visit` once for every reachable shape of an order.
fn walk(mut visit: impl FnMut(&Story)) -> usize {
    let mut begin = Story::begin();
    // Enough to see a retry and the end of retries; more would only repeat them.
    begin.rules.refund_tries = 3;
    let mut seen = HashSet::new();
    let mut next = VecDeque::from([begin]);
    while let Some(story) = next.pop_front() {
        // Delays and complaints could go on for ever without leading anywhere new.
        if story.order.version > 24 || !seen.insert(shape(&story)) {
            continue;
        }
        visit(&story);
        for command in everything() {
            let mut branch = story.clone();
            if branch.hear(command).is_ok_and(|events| !events.is_empty()) {
                next.push_back(branch);
            }
        }
        let mut later = story;
        if later.wait() {
            next.push_back(later);
        }
    }
    seen.len()
}

#[test]
fn the_invariants_hold_wherever_an_order_can_get() {
    let shapes = walk(|story| {
        let Story { order, .. } = story;
        let has = |name: &str| order.steps.iter().any(|step| step.event == name);
        let why = || format!("{order:#?}");

        // 1: no store sees an order that is not paid.
        assert!(!order.is_on_board() || has("PaymentApproved"), "{}", why());
        // 2: nothing ends badly with the money still ours and nobody asked to give it back.
        let is_kept = order.payment.state == PaymentState::Approved;
        assert!(!(order.state.is_called_off() && is_kept), "{}", why());
        // 3: never a charge after an answer.
        let is_answered = has("PaymentApproved") || has("PaymentDeclined");
        assert!(!(is_answered && react(order) == Some(Effect::Charge)), "{}", why());
        // Nor after the question what became of one: it may have ruled the charge out.
        let is_asked = has("InquiryFailed") || has("PaymentOverdue");
        assert!(!(is_asked && react(order) == Some(Effect::Charge)), "{}", why());
        // 4: whoever rides is known.
        assert!(!order.is_job_active() || order.delivery.rider.is_some(), "{}", why());
        // 6: nobody eats what was not cooked and picked up.
        let is_done = order.state == State::Delivered;
        assert!(!is_done || has("CookFinished") && has("DeliveryStarted"), "{}", why());
        // Jobs on offer belong to food that is being made or has been.
        let is_made = matches!(order.state, State::Cooking | State::Cooked);
        assert!(!order.is_job_on_offer() || is_made, "{}", why());
        assert_eq!(order.version as usize, order.steps.len());
        let refunds = order.steps.iter().filter(|step| step.event == "PaymentRefunded").count();
        assert!(refunds <= 1, "{}", why());
        // Nobody is about to arrive without the food, and it is said once.
        let approaches = order.steps.iter().filter(|step| step.event == "RiderApproached").count();
        assert!(approaches <= usize::from(has("DeliveryStarted")), "{}", why());
    });
    assert!(shapes > 200, "the walk is stuck after {shapes} shapes");
}

#[test]
fn whatever_is_said_twice_happens_once() {
    walk(|story| {
        for command in everything() {
            // Each of these is a new wish when it is said again; their senders give them an id.
            if matches!(command, Command::DelayCook { .. } | Command::ReportProblem { .. }) {
                continue;
            }
            let mut branch = story.clone();
            if branch.hear(command.clone()).is_ok() {
                let again = branch.hear(command.clone());
                let is_harmless = again.as_ref().map_or(true, Vec::is_empty);
                // A cook may take back two taps one after the other.
                let is_undo = matches!(command, Command::Undo { .. });
                assert!(is_harmless || is_undo, "{command:?} twice: {again:?}");
            }
        }
    });
}

#[test]
fn time_and_workers_alone_bring_every_order_to_rest() {
    walk(|story| {
        let mut story = story.clone();
        for _ in 0..50 {
            story.settle();
            if !story.wait() {
                break;
            }
        }
        let Story { order, .. } = &story;
        assert_eq!((react(order), deadline(order)), (None, None), "{order:#?}");
        let waits_for_a_person = match order.state {
            State::Accepted | State::Cooking | State::Delivering => true,
            State::Cooked => order.delivery.state == DeliveryState::Claimed,
            _ => false,
        };
        assert!(order.state.is_ended() || waits_for_a_person, "{order:#?}");
        let is_stuck = order.payment.state == PaymentState::RefundStuck;
        let is_back =
            matches!(order.payment.state, PaymentState::Refunded | PaymentState::Declined);
        assert!(!order.state.is_called_off() || is_back || is_stuck, "{order:#?}");
    });
}

#[test]
fn strangers_change_nothing_anywhere() {
    walk(|story| {
        let strangers = [
            Command::Accept { by: id("s-other"), cook_minutes: 15 },
            Command::CancelByStore { by: id("s-other"), reason: CancelReason::StoreOther },
            Command::Cancel { by: id("c-other") },
            Command::Release { by: id("r-other"), reason: "?".into() },
            Command::Confirm { by: id("r-other") },
        ];
        for command in strangers {
            let answer = story.clone().hear(command.clone());
            assert!(answer.as_ref().map_or(true, Vec::is_empty), "{command:?}: {answer:?}");
        }
    });
}
