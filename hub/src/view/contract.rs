//! The types of the web, written from the types here, so that neither side can drift.

use std::path::Path;

use ts_rs::{Config, TS};

use super::job::DropoffView;
use super::names::{
    AttentionName, CancelReasonName, DeliveryStateName, PausedByName, PaymentStateName,
    RejectReasonName, StateName,
};
use super::order::{DeliveryView, EtaView, ItemView, OrderPaymentView, OrderRiderView, ShopView};
use super::progress::ProgressStepView;
use super::ticket::TicketRiderView;
use super::*;
use crate::error::{Code, Fault, Problem};
use crate::keys::Role;
use crate::placing::{PlaceItem, PlaceOrder, PlacePayment};
use crate::{
    deliveries, orders, payments, routes, sharing, statuses, store_orders, stores, tokens,
};

/// Where the web has them.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/src/contract.ts");
const HEADER: &str = "\
// What the hub sends and takes, type for type. Generated from Rust; do not edit. After a change:
// UPDATE=1 cargo test -p hub contract
";
/// The messages of the socket, for which no type here says it all.
const NEWS: &str = include_str!("contract/news.ts");

/// The file as it should be.
fn contract() -> String {
    let config = Config::new().with_large_int("number");
    let mut file = HEADER.to_owned();
    let mut add = |declaration: String| {
        file.push_str("\nexport ");
        file.push_str(&in_lines(&declaration));
        file.push('\n');
    };
    macro_rules! add_all {
        ($($type:ty),* $(,)?) => { $(add(<$type as TS>::decl(&config));)* };
    }
    add_all![
        StateName,
        PaymentStateName,
        DeliveryStateName,
        AttentionName,
        RejectReasonName,
        CancelReasonName,
        PausedByName,
        Role,
        Instant,
        OrderView,
        ShopView,
        OrderRiderView,
        ItemView,
        AddressView,
        OrderPaymentView,
        DeliveryView,
        EtaView,
        StepView,
        ProgressView,
        ProgressStepView,
        TicketView,
        TicketRiderView,
        JobView,
        DropoffView,
        StoreView,
        MenuItemView,
        RiderView,
        RidersNearView,
        RiderDistanceView,
        RiderPlaceView,
        RidersMapView,
        PaymentView,
        OrderStatusView,
        AlertView,
        StuckOrderView,
        ops::Owed,
        DeadLetterView,
        PlaceOrder,
        PlaceItem,
        PlacePayment,
        orders::Orders,
        orders::Timeline,
        sharing::Share,
        store_orders::Tickets,
        deliveries::Jobs,
        stores::Stores,
        payments::Payments,
        statuses::OrderStatuses,
        statuses::Alerts,
        crate::ops::StuckOrders,
        crate::ops::DeadLetters,
        tokens::Grant,
        routes::WebConfig,
        Problem,
        Fault,
        Code,
    ];
    file.push('\n');
    file.push_str(NEWS);
    file
}

/// One field or alternative a line, as people read it.
fn in_lines(declaration: &str) -> String {
    let (name, body) = declaration.split_once(" = ").expect("a declaration has a body");
    let body = without_comments(body.trim_end_matches(';').trim());
    if let Some(fields) = body.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let fields = fields.trim().trim_end_matches(',').split(", ");
        let lines: Vec<String> = fields.map(|field| format!("  {};", field.trim())).collect();
        return format!("{name} = {{\n{}\n}};", lines.join("\n"));
    }
    match body.contains(" | ") {
        true => format!("{name} =\n  | {};", body.replace(" | ", "\n  | ")),
        false => format!("{name} = {body};"),
    }
}

/// What the fields mean is said here, where they are made.
fn without_comments(body: &str) -> String {
    let mut parts = body.split("/**");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once("*/").map_or(part, |(_, after)| after.trim_start())
    })
}

#[test]
fn the_types_of_the_web_are_up_to_date() {
    let contract = contract();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &contract).expect("web/src can be written");
    }
    let written = std::fs::read_to_string(Path::new(FILE)).unwrap_or_default();
    assert!(
        written == contract,
        "web/src/contract.ts is stale: run UPDATE=1 cargo test -p hub contract"
    );
}
