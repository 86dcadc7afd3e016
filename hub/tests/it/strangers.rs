//! Everybody who asks for what is not theirs gets nothing: every role, every operation that the
//! description names, over HTTP and on the socket.

mod channels;
mod forgeries;
mod guests;
mod stage;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::line::Line;
use crate::world::{Answer, answer};
use stage::{Stage, Stranger};

/// An operation as the description has it.
struct Operation {
    method: Method,
    path: String,
    value: Value,
}

impl Operation {
    /// Everything that needs a token.
    async fn all(stage: &Stage) -> Vec<Operation> {
        let document = stage.world.mina.get("/openapi.json").await.is(200).body;
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, value) in methods.as_object().expect("methods") {
                let method = method.to_uppercase().parse().expect("a method");
                all.push(Operation { method, path: path.clone(), value: value.clone() });
            }
        }
        all.retain(|it| !it.value["security"].as_array().expect("who may ask").is_empty());
        // Who is let in there is told for ever; the channels are asked for by themselves.
        all.retain(|it| it.path != "/events");
        assert!(all.len() >= 40, "the description has shrunk to {}", all.len());
        all
    }

    fn is_for(&self, role: &str) -> bool {
        let mut roles = self.value["security"].as_array().expect("who may ask").iter();
        roles.any(|it| it["bearer"][0] == role)
    }

    /// What it is called on the socket.
    fn name(&self) -> &str {
        self.value["operationId"].as_str().expect("a name")
    }

    /// Ids and whatever else has to be said, all of them of what is Mina's.
    fn words(&self, stage: &Stage) -> Map<String, Value> {
        let parameters = self.value["parameters"].as_array().expect("parameters");
        let names = parameters.iter().filter(|it| it["in"] == "path" || it["in"] == "query");
        let word = |name: &str| match name {
            "orderId" => Some(json!(stage.order)),
            "storeId" => Some(json!("s-1")),
            "id" => Some(json!("0-1-1")),
            "lat" => Some(json!(37.5541)),
            "lng" => Some(json!(126.9102)),
            _ => None,
        };
        let names = names.map(|it| it["name"].as_str().expect("a name"));
        names.filter_map(|name| Some((name.to_owned(), word(name)?))).collect()
    }

    fn body(&self) -> Value {
        match &self.value["requestBody"]["content"]["application/json"]["example"] {
            Value::Null => json!({}),
            example => example.clone(),
        }
    }

    async fn asked_by(&self, stranger: &Stranger, stage: &Stage) -> Answer {
        let mut path = format!("{}?", self.path);
        for (name, word) in self.words(stage) {
            let word = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
            match self.path.contains(&format!("{{{name}}}")) {
                true => path = path.replace(&format!("{{{name}}}"), &word),
                false => path += &format!("{name}={word}&"),
            }
        }
        let request = stranger.person.request(self.method.clone(), &path);
        let request = request.header("idempotency-key", self.name());
        answer(request.json(&self.body())).await
    }

    async fn called_by(&self, line: &mut Line, stage: &Stage) -> Value {
        let mut data = self.body();
        data.as_object_mut().expect("bodies are objects").extend(self.words(stage));
        data["idempotencyKey"] = json!(format!("rpc-{}", self.name()));
        line.ask("rpc", json!({"method": self.name(), "data": data})).await
    }

    /// What somebody of another part is answered: nothing where the whole is open to their role.
    fn refusals(&self, role: &str) -> &'static [u16] {
        let is_of_order = self.path.contains("{orderId}") || self.path == "/payments";
        let is_read = self.method == Method::GET;
        match self.path.as_str() {
            _ if !self.is_for(role) => &[403],
            // Whoever stands in the street may see a store, and try to take a job.
            "/stores/{storeId}" if is_read => &[],
            "/deliveries/{orderId}/claim" | "/deliveries/{orderId}/pick" => &[409],
            _ if is_of_order && is_read => &[404],
            _ if is_of_order => &[403, 404],
            "/stores/{storeId}" | "/stores/{storeId}/pause" | "/stores/{storeId}/resume" => &[403],
            _ => &[],
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_what_is_not_theirs_gets_nothing() {
    let stage = Stage::new().await;
    let operations = Operation::all(&stage).await;
    for stranger in stage.strangers().await {
        let mut line = stranger.line(&stage).await;
        for operation in &operations {
            let (Operation { method, path, .. }, role) = (operation, stranger.role);
            let what = format!("{role} {}: {method} {path}", stranger.name);
            let expected = operation.refusals(role);
            let told = operation.asked_by(&stranger, &stage).await;
            let is_refused = !expected.is_empty();
            assert_eq!(expected.contains(&told.status), is_refused, "{what}: {}", told.text);
            stage.assert_silent_about_mina(&stranger, told.status == 409, &what, &told.text);

            let reply = operation.called_by(&mut line, &stage).await;
            let code = reply["error"]["code"].as_u64().unwrap_or(0);
            if is_refused {
                assert_eq!(code, u64::from(told.status) + 1_000, "{what}: {reply}");
            }
            stage.assert_silent_about_mina(&stranger, code == 1_409, &what, &reply.to_string());
        }
    }
    // Nobody has changed anything either.
    let order = stage.world.mina.get(&format!("/orders/{}", stage.order)).await.is(200);
    assert_eq!(order.body, stage.before);
    stage.world.ends().await;
}
