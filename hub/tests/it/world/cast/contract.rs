//! Whatever anybody is answered in these tests, the hub has said in its description that it may.

use reqwest::{Client, Url};
use serde_json::Value;
use tokio::sync::OnceCell;

static DOCUMENT: OnceCell<Value> = OnceCell::const_new();

/// Insists that the answer is described, if its path is.
pub(super) async fn check(client: &Client, url: &Url, method: &str, status: u16, body: &Value) {
    let document = DOCUMENT.get_or_init(async || {
        let url = url.join("/openapi.json").expect("a fine path");
        let response = client.get(url).send().await.expect("the hub is there");
        response.json().await.expect("a document")
    });
    let paths = document.await["paths"].as_object().expect("paths");
    let described = paths.iter().filter(|(template, _)| is_of(template, url.path()));
    // What is spelt out comes before what is left open, as for the router.
    let Some((path, methods)) = described.min_by_key(|(path, _)| path.contains('{')) else {
        return;
    };
    let Some(answers) = methods.get(method).map(|operation| &operation["responses"]) else {
        return;
    };
    let answer = &answers[status.to_string()];
    assert!(answer.is_object(), "{method} {path} answered {status}, which is not described");
    if let Some(problem) = answer["content"].get("application/problem+json") {
        let codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"].as_array();
        let codes = codes.expect("codes");
        assert!(
            codes.contains(&body["code"]),
            "{method} {path}: {} is not described",
            body["code"]
        );
    }
}

fn is_of(template: &str, path: &str) -> bool {
    let (parts, names) = (path.split('/'), template.split('/'));
    parts.clone().count() == names.clone().count()
        && parts.zip(names).all(|(part, name)| name.starts_with('{') || part == name)
}
