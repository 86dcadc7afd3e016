//! Telling the news of a feed: decoded once, rendered once for each kind of listener, and the same
//! bytes for all of them.

use std::cell::OnceCell;
use std::sync::Arc;

use axum::body::Bytes;
use domain::OrderId;
use streams::Entry;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::{Ear, Listener, Ring, Topic, Topics};
use crate::channels::{News, may_hear_aside, may_see_rider};
use crate::latency::Stamp;
use crate::protocol::{Encoding, Publication, Unsubscribed};
use crate::session::{Letter, Newest};
use crate::view::Eyes;

/// For whom a message was rendered, and how.
type Rendered = ((Option<Eyes>, Encoding), Bytes);

impl Topics {
    /// Tells everybody whom `entry` concerns. Returns the news, if anybody was told.
    pub(crate) fn publish(&self, entry: &Entry, stamp: Stamp) -> Option<News> {
        let decoded = OnceCell::new();
        for topic in Topic::of(entry) {
            let Some(ring) = self.ring(&topic) else { continue };
            let news = decoded.get_or_init(|| News::decode(entry));
            match news {
                Ok(news) => self.tell(&topic, &ring, entry, news, stamp),
                // They are shown what is there instead; it does not come from the feed.
                Err(_) => self.unsettle(|it| *it == topic),
            }
        }
        if let Some(Err(error)) = decoded.get() {
            metrics::counter!("hub_unreadable_entries_total").increment(1);
            tracing::error!(
                position = %entry.position,
                error = error as &dyn std::error::Error,
                "an entry is not as it says"
            );
        }
        decoded.into_inner().and_then(Result::ok)
    }

    fn tell(&self, topic: &Topic, ring: &Ring, entry: &Entry, news: &News, stamp: Stamp) {
        let span = span(topic, entry).entered();
        let channel = topic.channel();
        let mut rendered: Vec<Rendered> = Vec::new();
        let mut strangers: Vec<Arc<Listener>> = Vec::new();
        let mut told = 0;
        // The lock of this topic alone; nothing below waits for anything.
        for ear in ring.lock().iter() {
            let listener = match ear {
                Ear::Watch(watched) => {
                    watched.tell(entry);
                    continue;
                }
                Ear::Socket(listener) => listener,
            };
            // Asked again with every change: a rider may have had a part in it and have none now.
            let Ok(eyes) = news.eyes(topic, &listener.identity) else {
                strangers.push(listener.clone());
                continue;
            };
            let key = (eyes, listener.encoding);
            let message = match rendered.iter().find(|(of, _)| *of == key) {
                Some((_, message)) => message.clone(),
                None => {
                    let publications = news.publications(topic, eyes, entry);
                    let message = match publications.is_empty() {
                        true => Bytes::new(),
                        false => listener.encoding.news(&channel, &publications),
                    };
                    rendered.push((key, message.clone()));
                    message
                }
            };
            if !message.is_empty() {
                listener.tell(entry.position.sequence, message, Some(stamp));
                told += 1;
            }
        }
        for stranger in strangers {
            stranger.end(&channel, Unsubscribed::BY_SERVER);
            self.unlist(topic, &Ear::Socket(stranger));
        }
        span.record("told", told);
        if told > 0 {
            metrics::counter!("hub_publications_total").increment(told);
        }
    }

    /// Tells where an order is to those who may know.
    pub(crate) fn tell_place(
        &self,
        order: OrderId,
        publication: &Publication,
        is_far_from_door: bool,
    ) {
        self.tell_all(&Topic::Order(order), publication, |listener, message| {
            if may_see_rider(&listener.identity, is_far_from_door) {
                listener.tell_newest(Newest::PlaceOf(order), message);
            }
        });
    }

    /// Tells everybody who listens to `topic` news that no feed has.
    pub(crate) fn tell_aside(&self, topic: &Topic, publication: &Publication) {
        self.tell_all(topic, publication, |listener, message| {
            if may_hear_aside(&listener.identity) {
                listener.tell_aside(Letter::aside(message));
            }
        });
    }

    fn tell_all(&self, topic: &Topic, publication: &Publication, tell: impl Fn(&Listener, Bytes)) {
        let Some(ring) = self.ring(topic) else { return };
        let mut rendered: Vec<(Encoding, Bytes)> = Vec::new();
        for ear in ring.lock().iter() {
            let Ear::Socket(listener) = ear else { continue };
            let message = match rendered.iter().find(|(of, _)| *of == listener.encoding) {
                Some((_, message)) => message.clone(),
                None => {
                    let publications = std::slice::from_ref(publication);
                    let message = listener.encoding.news(&topic.channel(), publications);
                    rendered.push((listener.encoding, message.clone()));
                    message
                }
            };
            tell(listener, message);
        }
    }
}

/// The end of the way of a traced append: telling it here. Nothing for all others.
fn span(topic: &Topic, entry: &Entry) -> Span {
    let Some(trace) = entry.trace.as_deref().filter(|_| telemetry::is_tracing()) else {
        return Span::none();
    };
    let span = info_span!(
        "push",
        channel = topic.channel(),
        position = %entry.position,
        order.id = entry.order.map(tracing::field::display),
        events = entry.events,
        told = Empty,
    );
    telemetry::follow(&span, trace);
    span
}
