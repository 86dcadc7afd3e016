//! I9: a store that nobody works for still takes orders.

use super::{Case, Findings};
use crate::plan::Fault;
use crate::records::Answer;

/// Whatever was ordered while there was no worker was answered. Where something else went wrong
/// beside, that may be why it was not.
pub(super) fn orders_are_taken(case: &Case<'_>, findings: &mut Findings) {
    let is_harmless = |fault: &Fault| {
        let delivery = matches!(fault, Fault::DeliverAgain(_) | Fault::Thief(_) | Fault::Poison);
        delivery || matches!(fault, Fault::NoWorkers(_))
    };
    if !case.plan.faults.iter().all(|(_, fault)| is_harmless(fault)) {
        return;
    }
    for absence in case.absences {
        let orders =
            case.book.asked.iter().filter(|it| it.method == "POST" && it.path == "/orders");
        for asked in orders.filter(|it| it.from >= absence.from && it.to <= absence.to) {
            let is_answered = match &asked.answer {
                Answer::Unknown(_) => false,
                // Whoever has seen payments fail before takes no more of them.
                Answer::Said { status: 503, text } => text.contains("payment_busy"),
                Answer::Said { status, .. } => *status < 500,
            };
            if !is_answered {
                let (who, from, words) = (&asked.who, asked.from, asked.answer.words());
                findings.add("-", format!("{who} ordered at {from} and was told {words}"));
            }
        }
    }
}
