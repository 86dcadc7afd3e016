//! P6 for riders who look around: what is shown is there, and goes when it is gone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Case, Findings};
use crate::records::News;

/// In the end nothing is on offer any more, and nobody believes that something is.
pub(super) fn none_is_left(case: &Case<'_>, findings: &mut Findings) {
    let is_over = case.truth.stories.values().all(|it| it.is_over());
    for watch in case.book.watches.iter().filter(|it| is_over && it.channel == "nearby") {
        let mut shown: BTreeSet<String> = BTreeSet::new();
        let id = |job: &Value| job["orderId"].as_str().unwrap_or_default().to_owned();
        for (_, news) in &watch.heard {
            match news {
                News::Resumed => (),
                News::Snapshot { text, .. } => {
                    let data: Value = serde_json::from_str(text).unwrap_or_default();
                    shown = data["jobs"].as_array().into_iter().flatten().map(id).collect();
                }
                News::Publication { text, .. } => {
                    let data: Value = serde_json::from_str(text).unwrap_or_default();
                    match data["type"].as_str() {
                        Some("job") => _ = shown.insert(id(&data["job"])),
                        Some("jobGone") => _ = shown.remove(&id(&data)),
                        _ => (),
                    }
                }
            }
        }
        for order in shown {
            findings.add(&order, format!("{} is still shown the job", watch.who));
        }
    }
}
