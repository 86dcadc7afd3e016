//! What commands are answered with, whatever channel they are about.

use super::*;

#[test]
fn what_is_not_offered_is_refused_as_the_protocol_says() {
    let mut bench = Bench::connected();
    for request in ["publish", "presence", "presence_stats", "history"] {
        bench.sends(json!({"id": 2, request: {"channel": CHANNEL, "data": {}}}));
        assert_eq!(bench.hears()[0]["error"]["code"], 108, "{request}");
    }
    bench.sends(json!({"id": 3, "subscribe": {"channel": CHANNEL, "type": 4}}));
    assert_eq!(bench.hears()[0]["error"]["code"], 108, "another type of subscription");
    bench.sends(json!({"send": {"data": 1}}));
    assert_eq!(bench.close(), Some(3508));
}

#[test]
fn subscriptions_have_no_tokens_of_their_own() {
    let mut bench = Bench::connected();
    for (token, code) in [("", 107), ("any", 103)] {
        bench.sends(json!({"id": 2, "sub_refresh": {"channel": CHANNEL, "token": token}}));
        assert_eq!(bench.hears()[0]["error"]["code"], code);
    }
    bench.subscribes(3, CHANNEL);
    bench.opens(CHANNEL);
    bench.hears();
    bench.sends(json!({"id": 4, "sub_refresh": {"channel": CHANNEL, "token": "any"}}));
    assert_eq!(bench.close(), Some(3501));
}

#[test]
fn what_no_library_sends_ends_the_connection() {
    for frame in [
        r#"{"id":2}"#,
        r#"{"id":2,"ping":{}}"#,
        r#"{"id":2,"subscribe":{}}"#,
        r#"{"id":2,"subscribe":{"channel":"ops","delta":"made-up"}}"#,
        r#"{"id":2,"unsubscribe":{"channel":""}}"#,
        r#"{"id":2,"publish":{"data":1}}"#,
        r#"{"id":2,"presence":{}}"#,
        r#"{"id":2,"presence_stats":{}}"#,
        r#"{"id":2,"history":{"limit":1}}"#,
        r#"{"id":2,"sub_refresh":{"token":"t"}}"#,
        r#"{"id":2,"refresh":{"token":""}}"#,
        // Without an id it is a pong, whatever else it says.
        r#"{"rpc":{"method":"orders.list"}}"#,
        r#"{"id":4294967296,"rpc":{}}"#,
        r#"{"id":-1,"rpc":{}}"#,
        "[]",
        "7",
        "{}{}",
        "",
        "\n",
    ] {
        let mut bench = Bench::connected();
        bench.sends_text(frame);
        assert_eq!(bench.close(), Some(3501), "{frame}");
    }
}

#[test]
fn a_frame_is_obeyed_in_order_and_up_to_its_first_mistake() {
    let mut bench = Bench::new();
    let token = bench.token("c-1", 60);
    let connect = json!({"id": 1, "connect": {"token": token, "headers": {"x": "y"}, "flag": 1}});
    let unsubscribe = json!({"id": 2, "unsubscribe": {"channel": CHANNEL}});
    let history = json!({"id": 3, "history": {"channel": CHANNEL, "limit": 1}});
    bench.sends_text(&format!("{connect}\n{unsubscribe}\n{history}\n"));
    let told = bench.hears();
    assert_eq!(ids(&told), [1, 2, 3]);
    assert_eq!(told[1]["unsubscribe"], json!({}));

    bench.sends_text(&format!("{unsubscribe}\nnonsense\n{history}"));
    let last = bench.outbox.take(usize::MAX);
    assert_eq!((last.messages.len(), last.close.map(|it| it.code)), (1, Some(3501)));
}
