//! P2 and P3: the provider's own ledger against the logs.

use super::{Case, Findings};

/// No order was charged twice, nor more than it costs, nor without an order.
pub(super) fn charged_once(case: &Case<'_>, findings: &mut Findings) {
    for (id, account) in case.ledger {
        if account.charges > 1 {
            findings.add(id, format!("charged {} times", account.charges));
        }
        match case.truth.stories.get(id) {
            None if account.charges > 0 && !moved_for_lost(case, account.charged_at) => {
                findings.add(id, "charged, and there is no such order")
            }
            Some(story) if account.charges > 0 && account.amount != story.total_won => {
                let (taken, cost) = (account.amount, story.total_won);
                findings.add(id, format!("charged {taken} won for {cost}"));
            }
            _ => (),
        }
    }
    for story in case.truth.stories.values().filter(|it| it.has("PaymentApproved")) {
        if case.ledger.get(&story.id).is_none_or(|it| it.charges == 0) {
            findings.add(&story.id, "the log says that it was paid, the provider that it was not");
        }
    }
}

/// Whether what led to it may have gone with a loss that nobody had promised to prevent: money
/// that has moved does not move back.
fn moved_for_lost(case: &Case<'_>, moved_at: u64) -> bool {
    case.losses.iter().any(|it| it.moves(moved_at))
}

/// Whoever paid for what ended badly has the money back, once, or a person was called.
pub(super) fn given_back_once(case: &Case<'_>, findings: &mut Findings) {
    for (id, account) in case.ledger {
        let Some(story) = case.truth.stories.get(id) else { continue };
        if account.refunds == 1 && moved_for_lost(case, account.refunded_at) {
            continue;
        }
        let (charges, refunds) = (account.charges, account.refunds);
        let is_delivered = story.has("DeliveryCompleted");
        let told = format!("charged {charges}, refunded {refunds}, {:?}", story.names(99));
        match (charges, is_delivered) {
            (0, true) => findings.add(id, format!("brought and never paid: {told}")),
            (0, false) if refunds > 0 => findings.add(id, format!("refunded for nothing: {told}")),
            (_, true) if refunds > 0 => findings.add(id, format!("brought and refunded: {told}")),
            (1.., false) if story.is_stuck() => (),
            (1.., false) if story.is_over() && refunds != 1 => {
                findings.add(id, format!("ended badly: {told}"));
            }
            _ => (),
        }
        if story.has("PaymentRefunded") && refunds == 0 {
            findings.add(id, format!("said to be refunded and is not: {told}"));
        }
    }
}
