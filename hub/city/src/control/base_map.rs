//! The map as it goes over the wire: squeezed once, asked for again only when it is another.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::streets::Streets;

/// The map changes only with the seed and the program.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The map's bytes, plain and squeezed. Cheap to clone.
#[derive(Clone)]
pub(super) struct BaseMap {
    plain: Bytes,
    squeezed: Bytes,
    tag: HeaderValue,
}

impl BaseMap {
    pub(super) fn of(streets: &Streets) -> Self {
        let plain = Bytes::from(streets.base_json());
        let mut hasher = DefaultHasher::new();
        plain.hash(&mut hasher);
        // Weak: it is the same map in either form.
        let tag = HeaderValue::try_from(format!("W/\"{:016x}\"", hasher.finish()))
            .expect("a number is a valid header");
        Self { squeezed: squeezed(&plain), plain, tag }
    }

    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let headers = [
            (header::CACHE_CONTROL, CACHE),
            (header::ETAG, self.tag.clone()),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        if asked.get(header::IF_NONE_MATCH) == Some(&self.tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let kind = [(header::CONTENT_TYPE, "application/json")];
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|list| list.to_str().ok());
        match accepted.is_some_and(|list| list.contains("gzip")) {
            true => {
                let encoding = [(header::CONTENT_ENCODING, "gzip")];
                (headers, kind, encoding, Body::from(self.squeezed.clone())).into_response()
            }
            false => (headers, kind, Body::from(self.plain.clone())).into_response(),
        }
    }
}

fn squeezed(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The screens' own budget (web/scripts/weigh.mjs) leaves this to the ground under the map.
    const BYTES_MAX: usize = 50_000;

    #[test]
    fn the_map_is_small_enough_for_a_phone() {
        let bytes = BaseMap::of(&Streets::new(20_261_122)).squeezed.len();
        assert!(bytes < BYTES_MAX, "{bytes} bytes");
    }

    #[test]
    fn whoever_knows_the_map_is_not_sent_it_again() {
        let map = BaseMap::of(&Streets::new(20_261_122));
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        let answer = map.answer(&asked);
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        asked.insert(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone());
        assert_eq!(map.answer(&asked).status(), StatusCode::NOT_MODIFIED);
    }
}
