// How people are known, and for how long.

import assert from "node:assert/strict";
import { aWhile, eventually, PATIENCE_MS, Phone, token } from "./phone.mjs";

export const tokens = {
  "a token says who somebody is": async () => {
    const phone = await Phone.of(token("customer", "mina"));
    phone.client.connect();
    const { client, data } = await phone.sees("connected");
    assert.match(client, /^[0-9a-f-]{36}$/);
    assert.equal(data.role, "customer");
    assert.ok(Math.abs(Date.parse(data.serverTime) - Date.now()) < PATIENCE_MS);
  },

  "a token that was made up ends it for good": async () => {
    const forged = `${token("customer", "mina").slice(0, -4)}AAAA`;
    for (const bearer of ["made.up.token", forged]) {
      const phone = await Phone.of(bearer);
      phone.client.connect();
      assert.equal((await phone.sees("disconnected")).code, 3500);
      await aWhile();
      assert.equal(phone.road.travellers, 1, "it came back");
    }
  },

  "a token that has run out is replaced": async () => {
    let granted = 0;
    const getToken = async () => {
      granted += 1;
      return token("customer", "mina");
    };
    const phone = await Phone.of(token("customer", "mina", -60), { getToken });
    phone.client.connect();
    assert.equal((await phone.sees("error")).error.code, 109);
    await phone.sees("connected");
    assert.equal(granted, 1);
  },

  "a token is renewed before it runs out, on the same connection": async () => {
    let granted = 0;
    const getToken = async () => {
      granted += 1;
      return token("customer", "mina", 2);
    };
    const phone = await Phone.of(token("customer", "mina", 2), { getToken });
    phone.client.connect();
    // Each answer says when the next token is needed.
    await eventually("a third token", () => granted >= 3);
    await phone.calls("orders.list", {});
    assert.deepEqual([phone.count("connected"), phone.road.travellers], [1, 1]);
  },

  "a renewed token of somebody else ends it for good": async () => {
    const getToken = async () => token("customer", "jun");
    const phone = await Phone.of(token("customer", "mina", 2), { getToken });
    phone.client.connect();
    await phone.sees("connected");
    assert.equal((await phone.sees("disconnected")).code, 3500);
    await aWhile();
    assert.equal(phone.road.travellers, 1);
  },

  "a renewed token that has run out is replaced once more": async () => {
    const tokens = [token("customer", "mina", -60)];
    const getToken = async () => tokens.pop() ?? token("customer", "mina");
    const phone = await Phone.of(token("customer", "mina", 2), { getToken });
    phone.client.connect();
    await phone.sees("connected");
    assert.equal((await phone.sees("connecting")).code, 3005);
    await phone.sees("connected");
  },
};
