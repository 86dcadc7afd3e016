//! Tokens that nobody signed, that have run out, or that were put together from others.

use reqwest::Method;
use serde_json::json;

use super::Operation;
use super::stage::{Stage, Stranger, signed};
use crate::line::Line;
use crate::world::{SECRET, answer};

/// Every way to be nobody that we know of, in the guise of somebody who may do anything.
fn forgeries(mina: &str, operator: &str) -> Vec<(&'static str, String)> {
    let part = |token: &str, n: usize| token.split('.').nth(n).expect("three parts").to_owned();
    let [head, claims, signature] = [0, 1, 2].map(|n| part(mina, n));
    let grand = part(operator, 1);
    // {"alg":"none","typ":"JWT"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    vec![
        ("nonsense", "nonsense".to_owned()),
        ("three dots", "...".to_owned()),
        ("unsigned", format!("{head}.{grand}.")),
        ("of no algorithm", format!("{none}.{grand}.")),
        ("of no algorithm, signed", format!("{none}.{grand}.{signature}")),
        ("claims of another", format!("{head}.{grand}.{signature}")),
        ("signature of another", format!("{head}.{claims}.{}", part(operator, 2))),
        ("another secret", signed("operator", "o-1", None, 600, "a secret that somebody guessed")),
        ("no such role", signed("admin", "o-1", None, 600, SECRET)),
        ("no store", signed("store", "u-1", None, 600, SECRET)),
        ("no name", signed("operator", "", None, 600, SECRET)),
        ("a name with a slash", signed("operator", "o/1", None, 600, SECRET)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_no_good_opens_nothing() {
    let stage = Stage::new().await;
    let operations = Operation::all(&stage).await;
    let world = &stage.world;
    let mut tokens = forgeries(&world.mina.token, &world.operator.token);
    tokens.push(("once good", signed("operator", "o-1", None, -60, SECRET)));
    for (what, token) in tokens {
        let person = world.mina.with_token(&token);
        let nobody = Stranger { role: "nobody", name: "nobody", person };
        for operation in &operations {
            let told = operation.asked_by(&nobody, &stage).await;
            let what = format!("{what}: {} {}", operation.method, operation.path);
            assert_eq!(told.status, 401, "{what}: {}", told.text);
            assert_eq!(told.headers["www-authenticate"], "Bearer");
            stage.assert_silent_about_mina(&nobody, false, &what, &told.text);
        }
        let path = format!("/events?channel=order:{}", stage.order);
        for path in [path.as_str(), "/events"] {
            let told = answer(nobody.person.request(Method::GET, path)).await;
            told.problem(401, "unauthenticated");
        }

        let mut line = Line::open(world.hub.local_addr()).await;
        if what == "once good" {
            let reply = line.ask("connect", json!({"token": token})).await;
            assert_eq!(reply["error"]["code"], 109);
            // Whoever goes on all the same is sent away.
            line.send("subscribe", json!({"channel": "ops"})).await;
            assert_eq!(line.closed().await, 3501, "{what}");
        } else {
            line.send("connect", json!({"token": token})).await;
            assert_eq!(line.closed().await, 3500, "{what}");
        }
        // Nor does it prolong the stay of somebody who is known.
        let mut mina = Line::connect(world.hub.local_addr(), &world.mina.token).await;
        mina.send("refresh", json!({"token": token})).await;
        let expected = if what == "once good" { 3005 } else { 3500 };
        assert_eq!(mina.closed().await, expected, "{what}");
    }
    stage.world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_somebody_else_on_the_way() {
    let stage = Stage::new().await;
    for stranger in stage.strangers().await {
        let mut line = stranger.line(&stage).await;
        line.send("refresh", json!({"token": stage.world.mina.token})).await;
        assert_eq!(line.closed().await, 3500, "{}", stranger.name);
    }
    stage.world.ends().await;
}
