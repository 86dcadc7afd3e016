//! What a command causes.

mod money;
mod operator;
mod ride;
mod store;

use crate::{
    Actor, CancelReason, Command, CustomerId, Event, Order, Refusal, Rules, State, Timestamp,
};

/// What a command causes, or why it does not.
type Decision = Result<Vec<Event>, Refusal>;

/// Says which events `command` causes for `order` at `now`.
///
/// A command that has already had its way causes none, so it is safe to send twice.
///
/// # Errors
/// A reason that can be told to whoever gave the command.
pub fn decide(order: &Order, command: &Command, now: Timestamp, rules: &Rules) -> Decision {
    use Command::*;

    // A log without end would slow every reader down; what the system owes is still recorded.
    if order.version >= Rules::EVENTS_MAX && command.actor() != Actor::System {
        return Err(Refusal::WrongState(order.state));
    }
    match command {
        ConfirmPayment { approval } => money::confirm(order, approval, now, rules),
        DeclinePayment { reason } => money::decline(order, reason),
        AskAboutPayment => money::ask(order, now),
        RecordInquiryFailure { reason } => money::inquiry_failed(order, reason, now, rules),
        RecordRefund { refund } => money::refunded(order, refund),
        RecordRefundFailure { reason } => money::refund_failed(order, reason, now, rules),
        RetryRefund => money::retry_refund(order, now),

        ReceiveTicket { by } => store::receive(order, by, now, rules),
        RemindStore => store::remind(order, now),
        Accept { by, cook_minutes } => store::accept(order, by, *cook_minutes, now, rules),
        AutoAccept { cook_minutes } => store::auto_accept(order, *cook_minutes, now, rules),
        Reject { by, reason } => store::reject(order, by, *reason),
        StartCook { by } => store::start_cook(order, by, now, rules),
        DelayCook { by, minutes } => store::delay_cook(order, by, *minutes, rules),
        FinishCook { by } => store::finish_cook(order, by, now, rules),
        Undo { by } => store::undo(order, by, now),
        CancelByStore { by, reason } => store::cancel(order, by, *reason),
        Acknowledge { by } => store::acknowledge(order, by),
        GiveUpOnStore => store::give_up(order, now),

        Cancel { by } => cancel(order, by),

        Claim { by, from } => ride::claim(order, by, *from, now, rules),
        Release { by, reason } => ride::release(order, by, reason, now, rules),
        Pick { by, from } => ride::pick(order, by, *from, now, rules),
        Confirm { by } => ride::confirm(order, by),
        WidenRing => ride::widen(order, now, rules),
        AlertNoRider => ride::alert(order, now),
        GiveUpOnRiders => ride::give_up(order, now),
        NoticeSilence { rider } => ride::notice_silence(order, rider, now, rules),
        NoticeApproach { rider, from } => ride::notice_approach(order, rider, *from),

        ReportProblem { by, reason } => report_problem(order, by, reason),
        ForceCancel { reason, .. } => operator::cancel(order, reason),
        Reassign { reason, .. } => operator::reassign(order, reason, now, rules),
        ForceComplete { reason, .. } => operator::complete(order, reason),
        ReopenRefund { .. } => operator::reopen_refund(order),
        SettleRefund { reference, .. } => operator::settle_refund(order, reference),
    }
}

fn cancel(order: &Order, by: &CustomerId) -> Decision {
    if order.customer != *by {
        return Err(Refusal::NotYours);
    }
    match order.state {
        _ if order.is_cancelable() => canceled(CancelReason::CustomerChangedMind),
        State::Canceled => nothing(),
        State::PaymentFailed | State::Rejected => Err(Refusal::WrongState(order.state)),
        _ => Err(Refusal::CancelTooLate),
    }
}

fn report_problem(order: &Order, by: &Actor, reason: &str) -> Decision {
    let is_party = match by {
        Actor::Customer(id) => order.customer == *id,
        Actor::Store(id) => order.shop.id == *id,
        Actor::Rider(id) => order.is_held_by(id),
        Actor::Operator(_) | Actor::System => true,
    };
    match order.state {
        _ if !is_party => Err(Refusal::NotYours),
        State::Accepted | State::Cooking | State::Cooked | State::Delivering => {
            happened(Event::ProblemReported { reason: reason.to_owned() })
        }
        state => Err(Refusal::WrongState(state)),
    }
}

fn happened(event: Event) -> Decision {
    Ok(vec![event])
}

fn nothing() -> Decision {
    Ok(vec![])
}

fn canceled(reason: CancelReason) -> Decision {
    happened(Event::OrderCanceled { reason })
}

fn is_due(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| at <= now)
}
