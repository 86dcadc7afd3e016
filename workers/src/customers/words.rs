//! What a customer is told, in Korean: short, in 해요체, the fact first.

use std::time::Duration;

use domain::{
    Actor, CancelReason, Event, Order, PaymentState, Recorded, RejectReason, State, Timestamp,
};

/// The failed try of a refund at which the customer is told that it takes longer: half a minute
/// after the first, when it is no hiccup any more.
const REFUND_TRIES_BEFORE_WORDS: u32 = 5;

/// What to tell the customer of the step that led from `before` to `after`, if anything.
pub(super) fn alert(
    before: &Order,
    step: &Recorded,
    after: &Order,
    minute: Duration,
) -> Option<String> {
    let store = &after.shop.name;
    let until = |at: Timestamp| minutes(at.since(step.at), minute);
    let text = match &step.event {
        Event::OrderPlaced { .. } => format!("주문했어요. {store}에서 확인하면 알려드릴게요."),
        Event::PaymentDeclined { .. } => declined(after).to_owned(),
        Event::OrderAccepted { cook_due_at } => {
            format!("{store}에서 주문을 접수했어요. {}분쯤 걸려요.", until(*cook_due_at))
        }
        Event::OrderRejected { reason } => {
            format!("{store}에서 주문을 받지 못했어요. {}{}", rejected(*reason), refund_due(after))
        }
        Event::CookStarted { .. } => format!("{store}에서 조리를 시작했어요."),
        Event::CookDelayed { cook_due_at } => {
            let later = before.cook_due_at.map_or(Duration::ZERO, |due| cook_due_at.since(due));
            format!("조리가 {}분쯤 늦어져요. 조금만 기다려 주세요.", minutes(later, minute))
        }
        Event::CookFinished { .. } => "조리가 끝났어요. 라이더를 찾고 있어요.".to_owned(),
        Event::JobClaimed { .. } => "라이더가 배정됐어요.".to_owned(),
        Event::JobReleased { .. } => "다른 라이더를 다시 찾고 있어요.".to_owned(),
        Event::RiderMissing => "라이더를 찾는 데 시간이 걸리고 있어요.".to_owned(),
        Event::DeliveryStarted { .. } => {
            let ride = Duration::from_millis(after.delivery.ride_millis);
            format!("배달을 시작했어요. {}분쯤 걸려요.", minutes(ride, minute))
        }
        Event::RiderApproached => "라이더가 거의 다 왔어요. 곧 도착해요.".to_owned(),
        Event::DeliveryCompleted => "배달이 끝났어요. 맛있게 드세요.".to_owned(),
        Event::OrderCanceled { reason } => {
            format!("{}{}", canceled(*reason, &step.by), refund_due(after))
        }
        Event::PaymentRefunded { .. } => format!("{} 환불했어요.", won(after.total_won)),
        Event::RefundFailed { .. } if is_refund_late(after) => {
            "환불이 늦어지고 있어요. 확인해서 꼭 돌려드릴게요.".to_owned()
        }

        // Inner matters, or corrected by the next step.
        Event::OrderRequested(_)
        | Event::PaymentApproved { .. }
        | Event::PaymentOverdue
        | Event::InquiryFailed { .. }
        | Event::OrderInfoTransferred { .. }
        | Event::StoreReminded
        | Event::StatusReverted { .. }
        | Event::TicketAcknowledged
        | Event::RingWidened { .. }
        | Event::ProblemReported { .. }
        | Event::RefundFailed { .. }
        | Event::RefundDue
        | Event::RefundReopened
        | Event::RiderWentSilent
        | Event::OperatorActed { .. } => return None,
    };
    Some(text)
}

fn declined(after: &Order) -> &'static str {
    match after.state {
        State::PaymentFailed => "결제가 승인되지 않아 주문하지 못했어요.",
        // Called off before the answer came.
        _ => "결제된 금액이 없어요.",
    }
}

fn rejected(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::SoldOut => "재료가 떨어졌어요.",
        RejectReason::TooBusy => "주문이 너무 많이 밀렸어요.",
        RejectReason::Closing => "영업이 곧 끝나요.",
        RejectReason::OutOfArea => "배달하기 어려운 곳이에요.",
        RejectReason::Capacity => "더 받을 수 없을 만큼 주문이 찼어요.",
        RejectReason::Other => "가게 사정이 생겼어요.",
    }
}

fn canceled(reason: CancelReason, by: &Actor) -> &'static str {
    match reason {
        CancelReason::CustomerChangedMind if matches!(by, Actor::Customer(_)) => {
            "주문을 취소했어요."
        }
        CancelReason::CustomerChangedMind => "요청하신 대로 주문을 취소했어요.",
        CancelReason::StoreTimeout => "가게에서 제때 답하지 못해 주문이 취소됐어요.",
        CancelReason::StoreUnreachable => "가게에 연결되지 않아 주문이 취소됐어요.",
        CancelReason::StoreSoldOut => "재료가 떨어져 주문이 취소됐어요.",
        CancelReason::StoreTooBusy => "주문이 너무 많이 밀려 주문이 취소됐어요.",
        CancelReason::StoreClosing => "영업이 끝나 주문이 취소됐어요.",
        CancelReason::StoreOther => "가게 사정으로 주문이 취소됐어요.",
        CancelReason::NoRider => "라이더를 찾지 못해 주문이 취소됐어요.",
        CancelReason::DeliveryFailed => "음식을 전해 드리지 못해 주문이 취소됐어요.",
        CancelReason::Operator => "고객센터에서 주문을 취소했어요.",
        CancelReason::PaymentUnknown => "결제를 확인하지 못해 주문이 취소됐어요.",
    }
}

fn refund_due(after: &Order) -> String {
    match after.payment.state {
        PaymentState::RefundPending => format!(" {} 돌려드릴게요.", won(after.total_won)),
        _ => String::new(),
    }
}

fn is_refund_late(after: &Order) -> bool {
    let tries = after.payment.refund_tries;
    let is_given_up = after.payment.state == PaymentState::RefundStuck;
    // Said once: either at that try, or at a last one that comes before it.
    tries == REFUND_TRIES_BEFORE_WORDS || (is_given_up && tries < REFUND_TRIES_BEFORE_WORDS)
}

/// Started minutes, at least one, as long as a promised minute lasts here.
fn minutes(span: Duration, minute: Duration) -> u128 {
    span.as_millis().div_ceil(minute.as_millis().max(1)).max(1)
}

/// An amount as people write it, in the objective: `18,000원을`.
fn won(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + "원을"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, text) in [(0, "0원을"), (900, "900원을"), (18_000, "18,000원을")] {
            assert_eq!(won(amount), text);
        }
        assert_eq!(won(1_234_567), "1,234,567원을");
    }

    #[test]
    fn a_started_minute_counts() {
        let minute = Duration::from_secs(60);
        assert_eq!(minutes(Duration::ZERO, minute), 1);
        assert_eq!(minutes(Duration::from_secs(900), minute), 15);
        assert_eq!(minutes(Duration::from_secs(901), minute), 16);
        assert_eq!(minutes(Duration::from_secs(3), Duration::from_millis(200)), 15);
    }
}
