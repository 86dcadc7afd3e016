// What `centrifuge` of npm makes of our hubs. Started by clients.py.

import assert from "node:assert/strict";
import { asks, aWhile, eventually, Phone, packed, play, refusal, stage, token } from "./phone.mjs";
import { tokens } from "./tokens.mjs";

const [first, second] = stage.hubs;
const STEPS = ["accept", "startCook", "finishCook"];
const STATES = ["PLACED", "ACCEPTED", "COOKING", "COOKED"];

let customers = 0;

/** A customer nobody has heard of, with an order. */
async function ordered() {
  customers += 1;
  const sub = `js-${customers}`;
  const { id } = await asks("customer", sub, "POST", "/orders", stage.basket);
  return { sub, id, channel: `order:${id}` };
}

const cooks = (id, step) => asks("store", "cook", "PUT", `/storeOrders/${id}/${STEPS[step]}`, {});

/** A customer who watches their order. */
async function watching() {
  const order = await ordered();
  const phone = await Phone.connected("customer", order.sub);
  const subscription = phone.follows(order.channel);
  const seen = await phone.sees("subscribed channel");
  assert.equal(seen.data.order.state, "PLACED");
  return { ...order, phone, subscription, seen };
}

/** The states that publications told, in order. */
const told = (phone) =>
  phone.journal
    .filter(([what]) => what === "publication channel")
    .map(([, it]) => it.data.order.state);

/** Goes on as if nothing had happened, with what was missed and nothing twice. */
async function missesNothing(phone, states) {
  const again = await phone.sees("subscribed channel");
  assert.equal(again.wasRecovering, true);
  assert.equal(again.recovered, true);
  assert.equal(again.data, undefined);
  await eventually(`${states}`, () => told(phone).length >= states.length);
  assert.deepEqual(told(phone), states);
}

await play({
  ...tokens,

  "what is not theirs is refused for good, and nothing else ends": async () => {
    const { phone, id } = await watching();
    const other = await ordered();
    const foreign = [other.channel, `customer:${other.sub}`, "store:s-1", "rider:r-1"];
    for (const channel of [...foreign, "ops", "nearby", "chat:1"]) {
      phone.follows(channel);
      const { code, data } = await phone.sees("unsubscribed channel");
      assert.deepEqual([channel, code, data], [channel, 103, undefined]);
    }
    phone.follows("order:1");
    assert.equal((await phone.sees("unsubscribed channel")).code, 107);
    await aWhile();
    assert.equal(phone.count("subscribing channel"), 9, "it asked again");
    await cooks(id, 0);
    await phone.sees("publication channel");
    assert.equal(phone.road.travellers, 1);
  },

  "news carry the whole view, in order, each with its place": async () => {
    const { phone, id, seen } = await watching();
    assert.equal(seen.positioned && seen.recoverable, true);
    let { offset } = seen.streamPosition;
    let version = seen.data.order.version;
    for (const step of STEPS.keys()) {
      await cooks(id, step);
      const news = await phone.sees("publication channel");
      assert.equal(news.data.order.state, STATES[step + 1]);
      assert.ok(news.offset > offset && news.data.order.version > version);
      offset = news.offset;
      version = news.data.order.version;
    }
  },

  "a rider who looks around says from where": async () => {
    const phone = await Phone.connected("rider", "js-rider");
    const { lat, lng } = stage.store;
    const around = phone.follows("nearby", { data: packed({ lat, lng }) });
    assert.equal((await phone.sees("unsubscribed channel")).reason, "go online first");
    await phone.calls("riders.online", {});
    await phone.calls("riders.location", { lat, lng });
    around.subscribe();
    const { data } = await phone.sees("subscribed channel");
    assert.ok(Array.isArray(data.jobs) && data.radiusMeters > 0);
  },

  "commands are answered as HTTP would": async () => {
    const { phone, id, sub } = await watching();
    const order = await phone.calls("orders.get", { orderId: id });
    assert.deepEqual(order, await asks("customer", sub, "GET", `/orders/${id}`));
    await cooks(id, 0);
    await cooks(id, 1);
    const late = await refusal(phone.calls("orders.cancel", { orderId: id }));
    assert.equal(late.code, 1409);
    const problem = JSON.parse(late.message);
    assert.equal(problem.code, "cancel_too_late");
    assert.equal(problem.order.state, "COOKING");

    const other = await ordered();
    for (const [method, data, code] of [
      ["orders.eat", {}, 104],
      ["orders.get", { orderId: other.id }, 1404],
      ["orders.cancel", { orderId: other.id }, 1404],
      ["orders.get", {}, 1422],
      ["storeOrders.accept", { orderId: id }, 1403],
    ]) {
      const refused = await refusal(phone.calls(method, data));
      assert.equal(refused.code, code, `${method}: ${JSON.stringify(refused)}`);
    }
    assert.equal(phone.road.travellers, 1);
  },

  "what is sent together is answered, each by itself": async () => {
    const { phone, id } = await watching();
    phone.client.startBatching();
    const answers = [
      phone.calls("orders.get", { orderId: id }),
      refusal(phone.calls("orders.eat", {})),
      phone.calls("orderStatuses.list", {}),
      refusal(phone.client.history("ops")),
    ];
    phone.client.stopBatching();
    const [order, eaten, statuses, past] = await Promise.all(answers);
    assert.deepEqual([order.id, eaten.code, past.code], [id, 104, 108]);
    assert.ok(Array.isArray(statuses.orderStatuses));
  },

  "connect and all that is followed may come in one frame": async () => {
    const order = await ordered();
    const phone = await Phone.of(token("customer", order.sub));
    phone.follows(order.channel);
    phone.follows(`customer:${order.sub}`);
    phone.client.connect();
    await phone.sees("connected");
    await phone.sees("subscribed channel");
    await phone.sees("subscribed channel");
  },

  "what is not offered is refused, and nothing else ends": async () => {
    const { phone, id, channel, subscription } = await watching();
    for (const asked of [
      () => subscription.publish(packed({})),
      () => subscription.history({ limit: 1 }),
      () => subscription.presence(),
      () => subscription.presenceStats(),
      () => phone.client.publish("store:s-1", packed({})),
      () => phone.client.history(channel, { limit: 10 }),
    ]) {
      assert.equal((await refusal(asked())).code, 108);
    }
    await aWhile();
    await cooks(id, 0);
    await phone.sees("publication channel");
    assert.equal(phone.road.travellers, 1);
  },

  "a message that wants no answer ends it for good": async () => {
    const phone = await Phone.connected("customer", "mina");
    phone.client.send(packed({})).catch(() => {});
    assert.equal((await phone.sees("disconnected")).code, 3508);
    await aWhile();
    assert.equal(phone.road.travellers, 1);
  },

  "who cannot make up their mind ends where they said last": async () => {
    const { phone, id, subscription } = await watching();
    for (let round = 0; round < 8; round += 1) {
      subscription.unsubscribe();
      subscription.subscribe();
      if (round % 3 === 0) await new Promise((done) => setTimeout(done, round));
    }
    await eventually("followed", () => subscription.state === "subscribed");
    await cooks(id, 0);
    await phone.sees("publication channel");
    subscription.unsubscribe();
    await phone.calls("orders.get", { orderId: id });
    await cooks(id, 1);
    await aWhile();
    assert.deepEqual(told(phone), ["ACCEPTED"]);
    assert.equal(phone.road.travellers, 1);
  },

  "who was cut off misses nothing": async () => {
    const { phone, id } = await watching();
    phone.road.leadsTo(undefined);
    phone.road.breaks();
    await phone.sees("connecting");
    await cooks(id, 0);
    await cooks(id, 1);
    phone.road.leadsTo(first.url);
    await missesNothing(phone, ["ACCEPTED", "COOKING"]);
    await cooks(id, 2);
    await phone.sees("publication channel", (it) => it.data.order.state === "COOKED");
  },

  "who was cut off misses nothing at another hub": async () => {
    const { phone, id } = await watching();
    phone.road.leadsTo(undefined);
    phone.road.breaks();
    await phone.sees("connecting");
    await cooks(id, 0);
    phone.road.leadsTo(second.url);
    await missesNothing(phone, ["ACCEPTED"]);
    await cooks(id, 1);
    await phone.sees("publication channel", (it) => it.data.order.state === "COOKING");
    // And nothing is told again to who missed nothing.
    phone.road.leadsTo(first.url);
    phone.road.breaks();
    await missesNothing(phone, ["ACCEPTED", "COOKING"]);
  },

  "a silent line is asked, and answers": async () => {
    const phone = await Phone.connected("customer", "mina");
    await eventually("a pong", () => phone.road.pongs > 0);
    await phone.calls("orders.list", {});
    assert.deepEqual([phone.road.pings, phone.road.travellers], [1, 1]);
  },

  "where no socket gets through a stream does, and any hub takes the commands": async () => {
    const { sub, id, channel } = await ordered();
    const way = { isStream: true, emulationEndpoint: `${second.url}/emulation` };
    const phone = await Phone.connected("customer", sub, way);
    phone.follows(channel);
    assert.equal((await phone.sees("subscribed channel")).data.order.state, "PLACED");
    await cooks(id, 0);
    await phone.sees("publication channel");
    assert.equal((await phone.calls("orders.get", { orderId: id })).state, "ACCEPTED");
    assert.equal((await refusal(phone.calls("orders.eat", {}))).code, 104);
    phone.road.leadsTo(undefined);
    phone.road.breaks();
    await phone.sees("connecting");
    await cooks(id, 1);
    phone.road.leadsTo(second.url);
    await missesNothing(phone, ["ACCEPTED", "COOKING"]);
  },

  "who is sent to another hub misses nothing": async () => {
    const { phone, id } = await watching();
    phone.road.leadsTo(undefined);
    process.kill(first.pid, "SIGTERM");
    assert.equal((await phone.sees("connecting")).code, 3001);
    await cooks(id, 0);
    await cooks(id, 1);
    phone.road.leadsTo(second.url);
    await missesNothing(phone, ["ACCEPTED", "COOKING"]);
    await cooks(id, 2);
    await phone.sees("publication channel", (it) => it.data.order.state === "COOKED");
  },
});
