//! By which keys somebody is let in, and by which not.

use std::path::Path;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::issuer::{Issuer, Pair, claims, key_set};
use crate::line::Line;
use crate::scene::{Scene, now, token};
use crate::world::{eventually, http};

/// What somebody with a token is told.
#[derive(Debug, PartialEq)]
enum Told {
    Welcome,
    /// The code of a problem, or with which a connection is closed.
    No(u64),
}

impl Scene {
    /// By HTTP and by the socket.
    async fn lets_in(&self, token: &str) -> [Told; 2] {
        tokio::join!(self.answers(token), self.connects(token)).into()
    }

    async fn answers(&self, token: &str) -> Told {
        let url = format!("http://{}/stores/s-1", self.hub(0));
        let response = http().get(url).bearer_auth(token).send().await;
        match response.expect("the hub answers").status().as_u16() {
            200 => Told::Welcome,
            status => Told::No(status.into()),
        }
    }

    async fn connects(&self, token: &str) -> Told {
        let mut line = Line::open(self.hub(0)).await;
        line.send("connect", json!({"token": token})).await;
        match line.frame().await {
            Ok(replies) if replies[0]["connect"]["client"].is_string() => Told::Welcome,
            Ok(replies) => Told::No(replies[0]["error"]["code"].as_u64().expect("an error")),
            Err(code) => Told::No(code.into()),
        }
    }
}

const IN: [Told; 2] = [Told::Welcome, Told::Welcome];
const OUT: [Told; 2] = [Told::No(401), Told::No(3_500)];

async fn with_keys_at(source: &str) -> Scene {
    let mut scene = Scene::with_hubs(0).await;
    let source = source.to_owned();
    scene.add_hub_with(|config| config.token_jwks = Some(source)).await;
    scene
}

fn in_a_file(keys: &Value) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a place for a file");
    write(file.path(), keys);
    file
}

fn write(path: &Path, keys: &Value) {
    std::fs::write(path, keys.to_string()).expect("a file can be written");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_key_lets_in() {
    let pairs = [Pair::rsa("r"), Pair::ec("e"), Pair::ed("d")];
    let file = in_a_file(&key_set(&pairs));
    let scene = with_keys_at(&file.path().to_string_lossy()).await;
    for pair in &pairs {
        assert_eq!(scene.lets_in(&pair.signs(&claims())).await, IN, "{:?}", pair.algorithm);
    }
    assert_eq!(scene.lets_in(&token("customer", "mina", 600)).await, IN, "HS256");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_does() {
    let [rsa, ec, ed] = [Pair::rsa("r"), Pair::ec("e"), Pair::ed("d")];
    let file = in_a_file(&key_set(&[rsa.clone(), ec.clone(), ed.clone()]));
    let scene = with_keys_at(&file.path().to_string_lossy()).await;
    let but = |changes: Value| {
        let mut claims = claims();
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        ed.signs(&claims)
    };
    let named =
        |algorithm, kid: &str| Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    let by_secret = |secret: &[u8], kid: &str| {
        let key = EncodingKey::from_secret(secret);
        encode(&named(Algorithm::HS256, kid), &claims(), &key).expect("claims are JSON")
    };
    let unsigned = |claims: &str| format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let good = ed.signs(&claims());
    let body = good.split('.').nth(1).expect("three parts");
    let without_exp = {
        let mut claims = claims();
        claims.as_object_mut().expect("an object").remove("exp");
        ed.signs(&claims)
    };
    let insistent = Header { crit: Some(vec!["b64".to_owned()]), ..named(Algorithm::EdDSA, "d") };
    let anonymous = Header::new(Algorithm::EdDSA);
    let modulus = rsa.public()["n"].as_str().expect("a modulus").to_owned();
    let seconds = now().0 / 1_000;

    let bad = [
        ("nothing of a token", "a.b.c".to_owned()),
        ("no signature", unsigned(body)),
        ("the signature of another key", Pair::stranger("d").signs(&claims())),
        (
            "the name of another kind of key",
            ed.signs_under(&named(Algorithm::EdDSA, "r"), &claims()),
        ),
        ("an algorithm that the key is not for", {
            rsa.signs_under(&named(Algorithm::RS512, "r"), &claims())
        }),
        ("a public key as a secret", by_secret(rsa.public().to_string().as_bytes(), "r")),
        ("a modulus as a secret", by_secret(modulus.as_bytes(), "r")),
        ("another secret", by_secret(b"a secret that nobody has ever been told", "d")),
        ("no name, with several keys", ed.signs_under(&anonymous, &claims())),
        ("something that we do not know and must", ed.signs_under(&insistent, &claims())),
        ("no end", without_exp),
        ("an end that is text", but(json!({"exp": "tomorrow"}))),
        ("an end that is nothing", but(json!({"exp": null}))),
        ("a beginning in the future", but(json!({"nbf": seconds + 300}))),
        ("a beginning that is text", but(json!({"nbf": "yesterday"}))),
        ("a person that is a number", but(json!({"sub": 7}))),
        ("no person", but(json!({"sub": ""}))),
        ("a role that there is not", but(json!({"role": "king"}))),
        ("two roles", but(json!({"role": ["customer", "operator"]}))),
        ("a store without its id", but(json!({"role": "store"}))),
    ];
    for (what, token) in bad {
        assert_eq!(scene.lets_in(&token).await, OUT, "{what}");
    }
    // Whose time is over should bring another one, which is no reason to be sent away for good.
    let over = [Told::No(401), Told::No(109)];
    assert_eq!(scene.lets_in(&but(json!({"exp": seconds - 60}))).await, over);
    assert_eq!(scene.lets_in(&Pair::stranger("x").signs(&claims())).await, OUT, "a foreign name");
    assert_eq!(scene.lets_in(&but(json!({"nbf": seconds, "exp": 4e12}))).await, IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_and_go_without_a_restart() {
    let [old, new] = [Pair::rsa("2026-10"), Pair::ed("2026-11")];
    let issuer = Issuer::publishing(std::slice::from_ref(&old)).await;
    let scene = with_keys_at(&issuer.url()).await;
    assert_eq!(scene.lets_in(&old.signs(&claims())).await, IN);

    issuer.publishes(&[old.clone(), new.clone()]);
    assert_eq!(scene.lets_in(&new.signs(&claims())).await, IN, "the very first with the new key");
    assert_eq!(scene.lets_in(&old.signs(&claims())).await, IN, "both are good");

    issuer.publishes(std::slice::from_ref(&new));
    // Whoever comes with an unknown key has the issuer asked, here as well as there.
    assert_eq!(scene.lets_in(&Pair::stranger("x").signs(&claims())).await, OUT);
    assert_eq!(scene.lets_in(&old.signs(&claims())).await, OUT, "the old key is gone");
    assert_eq!(scene.lets_in(&new.signs(&claims())).await, IN);

    issuer.fails();
    let nobody_can_say = [Told::No(503), Told::No(100)];
    assert_eq!(scene.lets_in(&Pair::stranger("x").signs(&claims())).await, nobody_can_say);
    assert_eq!(scene.lets_in(&new.signs(&claims())).await, IN, "what is known stays known");
    drop(issuer);
    assert_eq!(scene.lets_in(&Pair::stranger("x").signs(&claims())).await, nobody_can_say);
    assert_eq!(scene.lets_in(&new.signs(&claims())).await, IN, "what is known stays known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_brought_anew_with_a_key_that_is_new() {
    let [old, new] = [Pair::ec("one"), Pair::ed("two")];
    let issuer = Issuer::publishing(std::slice::from_ref(&old)).await;
    let scene = with_keys_at(&issuer.url()).await;
    let mut line = Line::connect(scene.hub(0), &old.signs(&claims())).await;
    issuer.publishes(std::slice::from_ref(&new));
    let reply = line.ask("refresh", json!({"token": new.signs(&claims())})).await;
    assert_eq!(reply["refresh"]["expires"], true, "{reply}");
    line.send("refresh", json!({"token": old.signs(&claims())})).await;
    assert_eq!(line.closed().await, 3_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_keeps_no_hub_from_starting_but_nobody_is_sent_to_it() {
    let pair = Pair::ed("d");
    let issuer = Issuer::publishing(&[]).await;
    let mut scene = Scene::with_hubs(0).await;
    let url = issuer.url();
    let hub = scene.start_hub_with(|config| {
        config.token_jwks = Some(url);
        (config.token_secret, config.dev_tokens) = (None, false);
    });
    scene.hubs.push(hub.await);
    let ready = format!("http://{}/readyz", scene.hubs[0].admin_addr());
    let http = http();
    let answer = http.get(&ready).send().await.expect("health is served");
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.text().await.expect("a text"), "waiting for the keys of tokens\n");

    issuer.publishes(std::slice::from_ref(&pair));
    eventually("the hub is ready", async || {
        http.get(&ready).send().await.ok().filter(|it| it.status().is_success())
    })
    .await;
    assert_eq!(scene.lets_in(&pair.signs(&claims())).await, IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_again_when_it_changes_and_never_believed_when_it_is_broken() {
    let [old, new] = [Pair::ec("one"), Pair::ed("two")];
    let file = in_a_file(&key_set(std::slice::from_ref(&old)));
    let scene = with_keys_at(&file.path().to_string_lossy()).await;
    for broken in [json!({"keys": []}), json!(["half a file"])] {
        write(file.path(), &broken);
        assert_eq!(scene.answers(&Pair::stranger("x").signs(&claims())).await, Told::No(503));
        assert_eq!(scene.lets_in(&old.signs(&claims())).await, IN);
    }
    write(file.path(), &key_set(std::slice::from_ref(&new)));
    assert_eq!(scene.lets_in(&new.signs(&claims())).await, IN);
    assert_eq!(scene.lets_in(&old.signs(&claims())).await, OUT);
}
