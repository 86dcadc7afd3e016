//! The whole program: it needs a redis-server on this machine.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use city::client::{Badge, Client, News};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

const STARTING_MAX: Duration = Duration::from_secs(30);
pub(crate) const DELIVERY_MAX: Duration = Duration::from_secs(120);
/// Longer than an entry of a dead worker lies, and a job that nobody wants.
const ENDED_WITHIN: Duration = Duration::from_secs(180);
/// In a rush at least so many people have dinner to order; the others are busy with one.
const RUSH_ORDERS_MIN: usize = 10;
const ENDING_MAX: Duration = Duration::from_secs(20);

/// A running city, and where its data is.
pub(crate) struct Running {
    program: Child,
    pub(crate) operator: Client,
    data: TempDir,
}

impl Running {
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_city"))
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .args(flags)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let line = timeout(STARTING_MAX, lines.next_line()).await.unwrap().unwrap();
        let line = line.expect("the city says where it is");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let badge = Badge { role: "operator", sub: "op-1".into(), store_id: None };
        let operator = Client::new(url, "").sign_in(badge).await.unwrap();
        Self { program, operator, data }
    }

    /// Waits until an order is in `state`.
    pub(crate) async fn until_an_order_is(&self, state: &str) {
        let is_there = async || self.orders().await.iter().any(|order| order["state"] == state);
        until(&format!("an order is {state}"), DELIVERY_MAX, is_there).await;
    }

    /// Waits until the hub answers again.
    async fn until_it_answers(&self) {
        let answers = async || self.operator.get::<Value>("/orders").await.is_ok();
        until("the hub answers again", STARTING_MAX, answers).await;
    }

    async fn orders(&self) -> Vec<Value> {
        let list: Value = self.operator.get("/orders?limit=100").await.unwrap();
        list["orders"].as_array().unwrap().clone()
    }

    /// Waits until each of these orders has ended, with nobody's money on the way.
    async fn until_all_rest(&self, orders: &[Value]) {
        // Nothing is known of one while the hub cannot read it.
        let rests = |order: &Value| match order["state"].as_str().unwrap_or_default() {
            "DELIVERED" => true,
            "PAYMENT_FAILED" => order["payment"]["state"] == "DECLINED",
            "CANCELED" | "REJECTED" => {
                ["REFUNDED", "DECLINED"].contains(&order["payment"]["state"].as_str().unwrap())
            }
            _ => false,
        };
        assert!(!orders.is_empty());
        let ended_by = Instant::now() + ENDED_WITHIN;
        for order in orders {
            let path = format!("/orders/{}", order["id"].as_str().unwrap());
            let rest = async || rests(&self.operator.get(&path).await.unwrap_or_default());
            until("every order comes to rest", ended_by - Instant::now(), rest).await;
        }
    }

    /// Somebody else, who comes from outside.
    pub(crate) async fn sign_in(&self, role: &'static str, sub: &str) -> Client {
        let badge = Badge { role, sub: sub.into(), store_id: None };
        self.operator.sign_in(badge).await.unwrap()
    }

    /// Makes trouble, and says what came of it.
    pub(crate) async fn makes(&self, trouble: &str) -> Value {
        let path = format!("/city/troubles/{trouble}");
        let made: Value = self.operator.put(&path, &Value::Null).await.unwrap();
        made["outcome"].clone()
    }

    /// The processes of workers.
    fn staff(&self) -> Vec<u32> {
        let all = descendants(self.program.id().unwrap()).into_iter();
        all.filter(|(_, line)| line.contains("workers --redis-url")).map(|(id, _)| id).collect()
    }

    /// Kills the newest process of this city whose command line has `words`, as nothing else does.
    async fn kill(&self, words: &str) {
        let parent = self.program.id().unwrap();
        let victim = descendants(parent).into_iter().rev().find(|(_, line)| line.contains(words));
        let (id, _) = victim.expect("such a process");
        let killed = Command::new("kill").args(["-KILL", &id.to_string()]).status().await.unwrap();
        assert!(killed.success());
    }

    async fn until_nothing_runs(&self) {
        until("nothing runs", ENDING_MAX, async || !something_runs_in(self.data.path())).await;
    }
}

/// Waits until something holds, but not for ever.
pub(crate) async fn until(what: &str, within: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let comes = async {
        while !holds().await {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(within, comes).await.unwrap_or_else(|_| panic!("not within {within:?}: {what}"));
}

/// The processes that `parent` started, and those that they started, with their command lines.
fn descendants(parent: u32) -> Vec<(u32, String)> {
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|process| {
        let id: u32 = process.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let line = fs::read(process.path().join("cmdline")).ok()?;
        // After the name, which may hold anything: the state, and the parent.
        let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((id, parent, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    let processes: Vec<_> = processes.collect();
    let mut found = vec![(parent, String::new())];
    let mut next = 0;
    while let Some((id, _)) = found.get(next).cloned() {
        let children = processes.iter().filter(|(_, parent, _)| *parent == id);
        found.extend(children.map(|(id, _, line)| (*id, line.clone())));
        next += 1;
    }
    found
}

/// Whether any process of this machine was started with this folder.
fn something_runs_in(folder: &Path) -> bool {
    let folder = folder.to_str().unwrap();
    fs::read_dir("/proc").unwrap().flatten().any(|process| {
        // Not every entry is a process, and some end while we look.
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(folder)
    })
}

#[tokio::test]
async fn an_evening_brings_somebody_dinner_and_leaves_nothing_running() {
    let mut city = Running::start(&["--speed", "20"]).await;
    city.until_an_order_is("COOKING").await;
    let staff = city.staff();
    assert_eq!(staff.len(), 2);
    city.until_an_order_is("DELIVERED").await;
    assert_eq!(city.staff(), staff, "no worker ends by itself");
    let id = city.program.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert!(timeout(ENDING_MAX, city.program.wait()).await.unwrap().unwrap().success());
    city.until_nothing_runs().await;
}

#[tokio::test]
async fn a_city_without_people_has_stores_and_no_orders_and_its_redis_dies_with_it() {
    let mut city = Running::start(&["--people", "0"]).await;
    let stores: Value = city.operator.get("/stores?lat=37.553&lng=126.9105").await.unwrap();
    assert_eq!(stores["stores"].as_array().unwrap().len(), 12);
    let orders: Value = city.operator.get("/orders").await.unwrap();
    assert_eq!(orders["orders"].as_array().unwrap().len(), 0);
    assert!(something_runs_in(city.data.path()));
    city.program.kill().await.unwrap();
    city.until_nothing_runs().await;
}

#[tokio::test]
async fn an_evening_survives_a_killed_worker_and_a_killed_redis() {
    let city = Running::start(&["--speed", "20"]).await;
    city.until_an_order_is("COOKING").await;
    let before = city.orders().await;
    city.kill("workers --redis-url").await;
    city.until_an_order_is("DELIVERED").await;
    city.kill("redis-server 127.0.0.1").await;
    city.until_it_answers().await;
    city.until_all_rest(&before).await;
}

#[tokio::test]
async fn trouble_on_purpose_loses_nothing() {
    let city = Running::start(&["--speed", "20"]).await;
    city.until_an_order_is("COOKING").await;
    let before = city.orders().await.len();
    city.makes("rush").await;
    let hungry = async || city.orders().await.len() >= before + RUSH_ORDERS_MIN;
    until("hungry people", DELIVERY_MAX, hungry).await;

    let raced = city.makes("race").await;
    assert_eq!(raced["won"], 1, "{raced}");

    let orders = city.orders().await;
    // Another hub takes its place so soon that a look now and then could miss the change; a socket
    // cannot.
    let socket = city.operator.connect_socket().await.unwrap();
    let (_, mut news) = socket.subscribe("store:s-1", &()).await.unwrap();
    city.makes("hubRestart").await;
    let comes_back = async {
        while let News::Publication { .. } = news.next().await.expect("the socket is kept") {}
    };
    timeout(STARTING_MAX, comes_back).await.expect("the socket comes back to another hub");
    city.until_it_answers().await;
    city.until_all_rest(&orders).await;
}
