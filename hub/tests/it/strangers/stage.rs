//! Mina's order on its way to her, and people who have no part in it, some of them with names that
//! belong to others in other roles.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::now;
use crate::world::{Person, SECRET, World, basket, store};

/// What nobody but Mina and her parties may ever read.
pub(super) const ADDRESS: &str = "망원동 77길 7, 707호";
pub(super) const NOTE: &str = "공동현관 비밀번호 0707*";
pub(super) const MINA: &str = "c-mina";
pub(super) const JUN: &str = "r-jun";

pub(super) struct Stage {
    pub(super) world: World,
    /// Mina's.
    pub(super) order: String,
    /// As it was when she had a look.
    pub(super) before: Value,
}

/// Somebody whom Mina's order does not concern.
pub(super) struct Stranger {
    pub(super) role: &'static str,
    pub(super) name: &'static str,
    pub(super) person: Person,
}

impl Stage {
    /// With an order that Jun is bringing.
    pub(super) async fn new() -> Stage {
        let mut stage = Stage::with_order_to_cook().await;
        stage.goes_out().await;
        stage
    }

    /// With an order that nobody has looked at.
    pub(super) async fn with_order_to_cook() -> Stage {
        let world = World::new().await;
        let mut basket = basket("tok_ok");
        basket["address"]["text"] = json!(ADDRESS);
        basket["note"] = json!(NOTE);
        let placed = world.mina.tries_to_order("minas", basket).await.is(201).body;
        let order = crate::world::id(&placed);
        let kitchen = world.person("store", "s-2").await;
        kitchen.put("/stores/s-2", store("s-2")).await.is(200);
        Stage { world, order, before: placed }
    }

    /// It is cooked, and on its way.
    pub(super) async fn goes_out(&mut self) {
        let Stage { world, order, .. } = self;
        for step in ["accept", "startCook", "finishCook"] {
            world.kitchen.put(&format!("/storeOrders/{order}/{step}"), json!({})).await.is(200);
        }
        let jun = world.rider_at_the_store(JUN).await;
        for step in ["claim", "pick"] {
            jun.put(&format!("/deliveries/{order}/{step}"), json!({})).await.is(200);
        }
        self.before = world.mina.get(&format!("/orders/{order}")).await.is(200).body;
    }

    pub(super) async fn strangers(&self) -> Vec<Stranger> {
        let cast = [
            ("customer", "c-eve", None),
            ("customer", "s-1", None),
            ("customer", JUN, None),
            ("store", "u-eve", Some("s-2")),
            ("store", MINA, Some("s-2")),
            ("store", "s-1", Some("s-2")),
            ("rider", "r-eve", None),
            ("rider", MINA, None),
            ("rider", "s-1", None),
            // Of an order that nobody has heard of.
            ("guest", "0199d2f0-5c00-7003-8a1b-2c3d4e5f6071", None),
        ];
        let mut strangers = Vec::new();
        for (role, name, store_id) in cast {
            let person = self.world.mina.with_token(&signed(role, name, store_id, 600, SECRET));
            if role == "rider" {
                person.goes_to(37.5541, 126.9102).await;
            }
            strangers.push(Stranger { role, name, person });
        }
        strangers
    }

    /// Insists that nothing of Mina's order is in `text`, which `stranger` was told. Whoever came
    /// too late for a job knows the job, and no more.
    pub(super) fn assert_silent_about_mina(
        &self,
        stranger: &Stranger,
        knows_job: bool,
        what: &str,
        text: &str,
    ) {
        let secrets = [ADDRESS, NOTE, MINA, JUN, self.order.as_str()];
        for secret in secrets {
            let is_known = secret == stranger.name || (knows_job && secret == self.order);
            assert!(is_known || !text.contains(secret), "{what} was told {secret}: {text}");
        }
    }
}

impl Stranger {
    /// A connection of theirs.
    pub(super) async fn line(&self, stage: &Stage) -> Line {
        Line::connect(stage.world.hub.local_addr(), &self.person.token).await
    }
}

/// A token, signed with `secret`, that is good for so many seconds or once was.
pub(super) fn signed(
    role: &str,
    sub: &str,
    store_id: Option<&str>,
    seconds: i64,
    secret: &str,
) -> String {
    let exp = now().0 as i64 / 1_000 + seconds;
    let mut claims = json!({"sub": sub, "role": role, "exp": exp});
    if let Some(id) = store_id {
        claims["storeId"] = id.into();
    }
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), &claims, &key).expect("claims are JSON")
}
