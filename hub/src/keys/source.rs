//! Where an issuer publishes its keys: a file, or an address.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use tokio::io::AsyncReadExt;

/// Longest text of a set: the largest that we have heard of is a tenth of it.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// How long a connection to an issuer may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How long reading a set may take in all.
pub(super) const READ_MAX: Duration = Duration::from_secs(4);

/// Where keys are published.
#[derive(Clone)]
pub(super) enum Source {
    /// In a file, which may be replaced at any time.
    File(PathBuf),
    /// At an address.
    Address(Client, Url),
}

impl Source {
    /// What TOKEN_JWKS names.
    ///
    /// # Errors
    /// If it is an address that we would not ask, in one sentence.
    pub(super) fn named(name: &str) -> anyhow::Result<Source> {
        if !name.contains("://") {
            return Ok(Source::File(PathBuf::from(name)));
        }
        let url: Url = name.parse().context("TOKEN_JWKS is no address of a key set")?;
        if !matches!(url.scheme(), "http" | "https") {
            bail!(
                "TOKEN_JWKS takes the path of a file or an http(s) address, not {}:",
                url.scheme()
            );
        }
        ensure!(
            url.username().is_empty() && url.password().is_none(),
            "TOKEN_JWKS must not have a password in it: public keys need none, and logs show it"
        );
        let client = Client::builder()
            .connect_timeout(CONNECT_MAX)
            .timeout(READ_MAX)
            // Whoever may redirect us may choose our keys.
            .redirect(Policy::none())
            .build()
            .context("preparing to ask for keys")?;
        Ok(Source::Address(client, url))
    }

    /// Reads the text of the set.
    ///
    /// # Errors
    /// If it cannot be had within [`READ_MAX`], or is too long.
    pub(super) async fn read(&self) -> anyhow::Result<Vec<u8>> {
        let reading = async {
            match self {
                Source::File(path) => read_file(path).await,
                Source::Address(client, url) => ask(client, url.clone()).await,
            }
        };
        tokio::time::timeout(READ_MAX, reading).await.context("it took too long")?
    }
}

async fn read_file(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let file = tokio::fs::File::open(path).await.context("opening the file")?;
    let mut text = Vec::new();
    file.take(TEXT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut text)
        .await
        .context("reading the file")?;
    ensure!(text.len() <= TEXT_BYTES_MAX, "it is longer than {TEXT_BYTES_MAX} bytes");
    Ok(text)
}

async fn ask(client: &Client, url: Url) -> anyhow::Result<Vec<u8>> {
    let mut response = client.get(url).send().await.context("asking for the keys")?;
    ensure!(response.status() == StatusCode::OK, "the answer was {}", response.status());
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.context("reading the keys")? {
        ensure!(
            text.len() + chunk.len() <= TEXT_BYTES_MAX,
            "the answer is longer than {TEXT_BYTES_MAX} bytes"
        );
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::response::Redirect;
    use axum::routing::get;
    use futures_util::stream;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn only_a_short_answer_of_the_address_itself_is_taken() {
        let endless = async || {
            let chunk = || Ok::<_, std::convert::Infallible>(vec![b' '; 64 * 1024]);
            Body::from_stream(stream::repeat_with(chunk))
        };
        let routes = Router::new()
            .route("/keys", get(async || "{}"))
            .route("/moved", get(async || Redirect::temporary("/keys")))
            .route("/endless", get(endless));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        let read = async |path: &str| {
            Source::named(&format!("http://{address}{path}")).unwrap().read().await
        };
        assert_eq!(read("/keys").await.unwrap(), b"{}");
        for (path, reason) in [("/moved", "307"), ("/endless", "longer"), ("/nowhere", "404")] {
            let error = format!("{:#}", read(path).await.unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
        serving.abort();
    }
}
