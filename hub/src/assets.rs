//! The web, as it was built into this program: every file also squeezed, if that makes it smaller.

use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiError;

/// Nothing from anywhere else but pictures: a map's tiles are those of another host. No script and
/// no style may stand in a page itself.
const POLICY: &str = "default-src 'self'; img-src 'self' data: https:; object-src 'none'; \
    form-action 'self'; frame-ancestors 'self'; base-uri 'none'";
/// Files whose names change with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Everything else is asked for again, and mostly answered with 304.
const ASK_AGAIN: &str = "no-cache";
/// What a page says that is not there.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>not built</title>\
    <p>The web is not part of this program yet. Build it, then the program again: \
    <code>make web</code>";

/// The pages that have a path of their own.
const PAGES: [&str; 5] = ["customer", "store", "rider", "operator", "track"];

/// What a file may have beside it, best first: the ending, and what the encoding is called.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gz", "gzip")];

/// What the web in this program is called; nothing if it was not built.
static BUILD: LazyLock<Option<String>> = LazyLock::new(|| {
    let file = Web::get("build.txt")?;
    String::from_utf8(file.data.into_owned()).ok()
});

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Web;

/// What the web is called that this hub serves, for screens that were loaded from another.
pub(crate) fn build() -> Option<&'static str> {
    BUILD.as_deref()
}

/// Answers with the file that the path names, and with a problem if there is none.
pub(crate) async fn serve(request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return ApiError::not_found("path").into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let name = match path {
        "" => "index.html".to_owned(),
        page if PAGES.contains(&page) => format!("{page}.html"),
        file => file.to_owned(),
    };
    match Web::get(&name) {
        Some(file) => {
            let (file, encoding) = squeezed(&name, request.headers()).unwrap_or((file, None));
            answer(&name, file, encoding, request.headers())
        }
        None if name != path => {
            let headers = [(CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, headers, NOT_BUILT).into_response()
        }
        None => ApiError::not_found("path").into_response(),
    }
}

/// The smallest form of a file that the asker can read, if there is one beside it.
fn squeezed(name: &str, asked: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = asked.get(ACCEPT_ENCODING)?.to_str().ok()?;
    let (ending, encoding) = ENCODINGS.iter().find(|(_, encoding)| accepts(accepted, encoding))?;
    Some((Web::get(&format!("{name}.{ending}"))?, Some(encoding)))
}

/// Whether a list like `gzip, br;q=0.5` takes an encoding.
fn accepts(list: &str, encoding: &str) -> bool {
    list.split(',').any(|part| {
        let mut part = part.split(';').map(str::trim);
        part.next() == Some(encoding) && !part.any(|quality| matches!(quality, "q=0" | "q=0.0"))
    })
}

fn answer(
    name: &str,
    file: EmbeddedFile,
    encoding: Option<&'static str>,
    asked: &HeaderMap,
) -> Response {
    let hash = file.metadata.sha256_hash();
    let etag: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let known = asked.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut response = match known.contains(&etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => axum::body::Body::from(file.data).into_response(),
    };
    let kind = kind(name);
    let headers = response.headers_mut();
    let is_hashed = name.starts_with("assets/");
    let cache = if is_hashed { FOR_EVER } else { ASK_AGAIN };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    if kind.starts_with("text/html") {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    response
}

/// What a file is, by its name.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_if_it_is_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5, gzip", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("gzip, brr", "br"));
    }

    #[test]
    fn a_page_may_hold_neither_script_nor_style_of_its_own() {
        assert!(POLICY.starts_with("default-src 'self';"));
        assert!(!POLICY.contains("unsafe"));
    }
}
