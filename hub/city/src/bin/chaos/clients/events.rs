//! Follows a channel as those do who have no library: by server-sent events over a network that
//! cuts everything after a few seconds, so that each time it is asked what was missed.

use std::time::Duration;

use anyhow::ensure;
use tokio_util::sync::CancellationToken;

use super::Person;
use crate::records::News;

/// Before it is tried again.
const TRIES_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// Follows until the end, whatever happens to the connection.
pub(super) async fn follow(person: Person, channel: String, end: CancellationToken) {
    let watch = person.records.watch(person.who.clone(), channel.clone(), true);
    let mut place = None;
    let following = async {
        loop {
            // However it ends, it is asked again.
            let _ = listen(&person, &channel, watch, &mut place).await;
            let _ = person.renew_token().await;
            tokio::time::sleep(TRIES_AGAIN_AFTER).await;
        }
    };
    tokio::select! {
        () = following => (),
        () = end.cancelled() => (),
    }
}

/// Listens to one stream until it ends. `place` is the id of the last event that had one.
async fn listen(
    person: &Person,
    channel: &str,
    watch: usize,
    place: &mut Option<String>,
) -> anyhow::Result<()> {
    let url = format!("{}/events?channel={channel}", person.base_url);
    let mut request = person.http.get(url).bearer_auth(person.token());
    if let Some(place) = place.as_ref() {
        request = request.header("last-event-id", place);
    }
    let mut response = request.send().await?;
    ensure!(response.status().is_success(), "{}", response.status());
    if place.is_some() {
        person.records.hear(watch, News::Resumed);
    }
    let mut text = String::new();
    while let Some(chunk) = response.chunk().await? {
        // Written by the hub in whole events, but a connection may cut them anywhere.
        text.push_str(std::str::from_utf8(&chunk)?);
        while let Some((event, rest)) = text.split_once("\n\n") {
            hear(person, watch, event, place);
            text = rest.to_owned();
        }
    }
    Ok(())
}

fn hear(person: &Person, watch: usize, event: &str, place: &mut Option<String>) {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let Some(data) = field("data: ") else { return };
    let id = field("id: ");
    if let Some(id) = id {
        *place = Some(id.to_owned());
    }
    let offset = id.and_then(|it| it.rsplit_once(':')?.1.parse().ok()).unwrap_or(0);
    match field("event: ") {
        Some("snapshot") => {
            let epoch = id.and_then(|it| it.rsplit_once(':')).map_or("", |(epoch, _)| epoch);
            let (epoch, text) = (epoch.to_owned(), data.to_owned());
            person.records.hear(watch, News::Snapshot { epoch, text });
        }
        // What was told before means nothing any more.
        Some("unsubscribe") => *place = None,
        _ => person.records.hear(watch, News::Publication { offset, text: data.to_owned() }),
    }
}
