//! A hub that stops: who leaves when, and who is still let in.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::StatusCode;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;

use crate::line::Line;
use crate::scene::{Scene, token};

const DRAIN: Duration = Duration::from_secs(4);

#[tokio::test]
async fn sockets_leave_one_by_one_and_nobody_new_is_let_in() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.drain = DRAIN).await;
    let hub = scene.hub(0);
    let ready = format!("http://{}/readyz", scene.hubs[0].admin_addr());
    let token = token("customer", "mina", 600);
    let mut lines = join_all((0..12).map(|_| Line::connect(hub, &token))).await;

    let started = Instant::now();
    let stopping = tokio::spawn(scene.hubs.remove(0).stop());
    let newcomer = async {
        tokio::time::sleep(DRAIN / 8).await;
        let ready = reqwest::get(&ready).await.expect("health is served to the end");
        assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
        match connect_async(format!("ws://{hub}/connection/websocket")).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 503),
            other => panic!("{other:?}"),
        }
    };
    let goodbyes = join_all(lines.iter_mut().map(async |line| {
        let code = line.closed().await;
        (code, started.elapsed())
    }));
    let (goodbyes, ()) = tokio::join!(goodbyes, newcomer);
    assert!(goodbyes.iter().all(|(code, _)| *code == 3_001), "{goodbyes:?}");
    // A twelfth of three quarters of the drain between any two.
    let first = goodbyes.iter().map(|it| it.1).min().expect("there were some");
    let last = goodbyes.iter().map(|it| it.1).max().expect("there were some");
    assert!(last - first > DRAIN / 2, "{goodbyes:?}");
    stopping.await.expect("it stops");
    assert!(started.elapsed() < DRAIN + Duration::from_secs(1));
}
