//! Stores, described.

use super::examples;
use super::operation::{EVERYBODY, Writer};
use crate::stores::{Around, Stores};
use crate::view::StoreView;

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/stores", "stores.list", "Stores around a place, nearest first")
        .roles(EVERYBODY)
        .query::<Around>()
        .answers::<Stores>(200, "Stores with their menus.")
        .done();
    writer
        .get("/stores/{storeId}", "stores.get", "One store with its menu")
        .roles(EVERYBODY)
        .answers::<StoreView>(200, "The store.")
        .done();
    writer
        .put("/stores/{storeId}", "stores.put", "Create or replace a store")
        .roles(&["store", "operator"])
        .body::<StoreView>(examples::store())
        .answers::<StoreView>(200, "The store as it is kept.")
        .done();
    for (path, id, summary) in [
        ("/stores/{storeId}/pause", "stores.pause", "Take no orders for a while"),
        ("/stores/{storeId}/resume", "stores.resume", "Take orders again"),
    ] {
        let operation = writer.put(path, id, summary).roles(&["store"]);
        operation.answers::<StoreView>(200, "The store.").done();
    }
}
