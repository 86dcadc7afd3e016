//! What things look like.

use serde_json::{Value, json};

/// Examples of what is answered, by the names of their schemas.
pub(super) fn all() -> [(&'static str, Value); 6] {
    [
        ("Order", order()),
        ("Ticket", ticket()),
        ("Job", job()),
        ("Store", store()),
        ("Payment", payment()),
        ("Problem", problem()),
    ]
}

pub(super) fn place_order() -> Value {
    json!({
        "storeId": "s-1",
        "items": [{"menuId": "m-1", "quantity": 2, "options": ["보통맛"]}],
        "address": address(),
        "note": "문 앞에 두고 벨 눌러주세요",
        "payment": {"method": "card", "token": "tok_ok"},
    })
}

pub(super) fn store() -> Value {
    json!({
        "id": "s-1", "name": "달빛분식", "lat": 37.5540, "lng": 126.9101, "open": true,
        "paused": false, "deliveryRadiusMeters": 3000, "minTotalWon": 0, "openOrdersMax": 50,
        "defaultCookMinutes": 15, "autoAccept": false,
        "menu": [{
            "id": "m-1", "name": "국물떡볶이", "priceWon": 9000, "soldOut": false,
            "options": ["보통맛", "매운맛"],
        }],
    })
}

fn address() -> Value {
    json!({"text": "망원동 12길 3, 402호", "lat": 37.5551, "lng": 126.9020})
}

fn shop() -> Value {
    json!({"id": "s-1", "name": "달빛분식", "lat": 37.5540, "lng": 126.9101})
}

fn items() -> Value {
    json!([{
        "menuId": "m-1", "name": "국물떡볶이", "options": ["보통맛"], "quantity": 2,
        "priceWon": 9000,
    }])
}

const ORDER_ID: &str = "0199d2f0-5c00-7003-8a1b-2c3d4e5f6071";
const AT: &str = "2026-03-01T10:00:00.000Z";

fn order() -> Value {
    json!({
        "id": ORDER_ID, "number": 1042, "version": 6, "state": "COOKING", "label": "조리시작됨",
        "attention": null, "customerId": "c-1", "store": shop(), "rider": null,
        "items": items(), "totalWon": 18000, "note": "문 앞에 두고 벨 눌러주세요",
        "address": address(), "payment": {"state": "APPROVED", "reason": null},
        "delivery": {"state": "ANNOUNCED", "ringMeters": null, "openedAt": null},
        "placedAt": AT, "acceptBy": "2026-03-01T10:03:00.000Z",
        "cookDueAt": "2026-03-01T10:20:00.000Z",
        "eta": {
            "from": "2026-03-01T10:28:00.000Z", "to": "2026-03-01T10:32:00.000Z",
            "firstPromise": "2026-03-01T10:32:00.000Z", "cause": null,
        },
        "cancelable": false, "reason": null,
        "timeline": [{"event": "OrderPlaced", "at": AT, "by": "customer"}],
    })
}

fn ticket() -> Value {
    json!({
        "orderId": ORDER_ID, "number": 1042, "version": 6, "state": "COOKING",
        "label": "조리시작됨", "items": items(), "note": "문 앞에 두고 벨 눌러주세요",
        "totalWon": 18000, "placedAt": AT, "acceptBy": "2026-03-01T10:03:00.000Z",
        "cookDueAt": "2026-03-01T10:20:00.000Z", "rider": null,
        "delivery": {"state": "ANNOUNCED", "ringMeters": null, "openedAt": null},
        "attention": null, "toAcknowledge": false, "reason": null,
        "undoUntil": "2026-03-01T10:05:10.000Z", "onBoard": true,
    })
}

fn job() -> Value {
    json!({
        "orderId": ORDER_ID, "number": 1042, "version": 7, "state": "OPEN", "claimable": true,
        "store": shop(), "dropoff": {"area": "망원동 12길", "lat": 37.555, "lng": 126.902},
        "ringMeters": 1500, "distanceMeters": 240, "deliveryMeters": 730, "feeWon": 3000,
        "readyAt": "2026-03-01T10:19:30.000Z", "openedAt": "2026-03-01T10:19:30.000Z",
        "mine": false,
    })
}

fn payment() -> Value {
    json!({
        "orderId": ORDER_ID, "state": "APPROVED", "amountWon": 18000, "charges": 1, "refunds": 0,
        "provider": "simulated",
    })
}

fn problem() -> Value {
    json!({
        "type": "about:blank", "title": "Conflict", "status": 409, "code": "cancel_too_late",
        "detail": "cooking has started, so the order cannot be canceled any more",
    })
}
