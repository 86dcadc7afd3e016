//! Redis behind TLS and a password: who is let in, and what nobody is shown.

use std::path::{Path, PathBuf};
use std::process::Command;

use streams::{Durability, Error, PrivateRedis, RedisSettings, Streams, Tail};
use tempfile::TempDir;

use crate::world::*;

const PASSWORD: &str = "open-sesame";

/// Somebody whom nobody has to trust, and what they have signed.
struct Signer {
    dir: TempDir,
}

impl Signer {
    fn new() -> Signer {
        let signer = Signer { dir: TempDir::with_prefix("signer-").unwrap() };
        let subject = ["-subj", "/CN=A signer", "-days", "2", "-nodes", "-newkey"];
        let ca = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", "ca.key"];
        signer.runs(&[&["req", "-x509", "-out", "ca.crt"], &subject[..], &ca].concat());
        let subject = ["-subj", "/CN=redis", "-nodes", "-newkey"];
        let key = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", "redis.key"];
        signer.runs(&[&["req", "-out", "redis.csr"], &subject[..], &key].concat());
        std::fs::write(signer.path("names"), "subjectAltName=IP:127.0.0.1").unwrap();
        let by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
        let names = ["-in", "redis.csr", "-out", "redis.crt", "-extfile", "names"];
        signer.runs(&[&["x509", "-req"], &by[..], &names].concat());
        signer
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    fn runs(&self, words: &[&str]) {
        let done = Command::new("openssl").args(words).current_dir(self.dir.path()).output();
        let done = done.expect("openssl not found: apt-get install openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// A Redis that lets `hub` in, and on which port it speaks TLS.
async fn guarded(signer: &Signer) -> (PrivateRedis, u16) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let files = ["redis.crt", "redis.key", "ca.crt"].map(|it| signer.path(it));
    let [certificate, key, ca] = files.each_ref().map(|it| it.to_str().unwrap());
    let password = format!(">{PASSWORD}");
    let port = free.to_string();
    let tls = ["--tls-port", &port, "--tls-cert-file", certificate, "--tls-key-file", key];
    let rest = ["--tls-ca-cert-file", ca, "--tls-auth-clients", "no"];
    let user = ["--user", "hub", "on", &password, "~*", "&*", "+@all"];
    let redis = PrivateRedis::start_with(None, &[&tls[..], &rest, &user].concat()).await;
    (redis.expect("a redis-server that knows TLS"), free)
}

fn trusting(ca: Option<&Path>) -> RedisSettings {
    RedisSettings { durability: Durability::Local, redis_ca: ca.map(Path::to_owned) }
}

#[tokio::test]
async fn orders_are_placed_and_followed_behind_tls_and_a_password() {
    let signer = Signer::new();
    let (redis, port) = guarded(&signer).await;
    let url = format!("rediss://hub:{PASSWORD}@127.0.0.1:{port}");
    let settings = trusting(Some(&signer.path("ca.crt")));
    let streams = Streams::open_with(&url, PARTITIONS, &settings).await.expect("it is let in");
    streams.put_store(&store(kitchen())).await.unwrap();
    let rules = domain::Rules::default();
    let (order, _) = streams.place(placement("k"), &rules).await.expect("a fine basket");
    let from = streams::Position { partition: order.id.partition(), sequence: 0 };
    let mut tail = Tail::follow(&streams, vec![from]);
    assert!(!soon("an entry", tail.next()).await.is_empty());
    let clients: String = ask(redis.url(), &["CLIENT", "LIST"]).await;
    let of_hub = clients.lines().filter(|line| line.contains("user=hub")).count();
    assert!(of_hub >= 2, "commands and tail: {clients}");
}

#[tokio::test]
async fn a_stranger_is_not_trusted_and_a_password_not_shown() {
    let signer = Signer::new();
    let (_redis, port) = guarded(&signer).await;
    let url = |password: &str| format!("rediss://hub:{password}@127.0.0.1:{port}");
    let ca = signer.path("ca.crt");
    let refused = async |url: String, settings: RedisSettings| {
        let error = Streams::open_with(&url, PARTITIONS, &settings).await.expect_err("a refusal");
        assert!(matches!(error, Error::Connect(_)), "{error:?}");
        let mut shown = format!("{error} {error:?}");
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = cause.source() {
            shown += &format!(" {next} {next:?}");
            cause = next;
        }
        assert!(!shown.contains("sesame"), "{shown}");
    };
    refused(url(PASSWORD), trusting(None)).await;
    refused(url(PASSWORD), trusting(Some(&Signer::new().path("ca.crt")))).await;
    refused(url("close-sesame"), trusting(Some(&ca))).await;
    let nonsense = format!("rediss://hub:{PASSWORD}@127.0.0.1:nowhere");
    let unfit = Streams::open_with(&nonsense, PARTITIONS, &trusting(Some(&ca))).await;
    let unfit = unfit.expect_err("no address");
    assert!(matches!(&unfit, Error::Broken(why) if !why.contains("sesame")), "{unfit:?}");
}
