// Somebody with a phone: a client library on a road of its own, and a journal of what it said.

import { createHmac } from "node:crypto";
import { Centrifuge as Json } from "centrifuge";
import { Centrifuge as Protobuf } from "centrifuge/build/protobuf";
import WebSocket from "ws";
import { Road } from "./road.mjs";

export const stage = JSON.parse(process.env.STAGE);
/** How long anything may take on a busy machine; a ping comes within 25 s. */
export const PATIENCE_MS = 60_000;
/** A case waits for many things. */
const CASE_MS = 300_000;
const LOOK_EVERY_MS = 10;
const IS_JSON = stage.encoding === "json";
const Library = IS_JSON ? Json : Protobuf;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `look` finds something. */
export async function eventually(what, look) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error(`never: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** What a library does again, it does within this time: ten times its shortest delay. */
export const aWhile = () => pause(500);

/** A token that is good for so long, or was. */
export function token(role, sub, seconds = 600) {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const claims = { sub, role, storeId: "s-1", exp };
  const part = (it) => Buffer.from(JSON.stringify(it)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", stage.secret).update(text).digest("base64url")}`;
}

/** What a payload is on the wire of this encoding. */
export const packed = (data) => (IS_JSON ? data : new TextEncoder().encode(JSON.stringify(data)));
const unpacked = (data) => {
  if (IS_JSON || data === undefined) return data;
  // In Protobuf no bytes are no data.
  return data.length ? JSON.parse(new TextDecoder().decode(data)) : undefined;
};

const everybody = [];

export class Phone {
  /** What happened, in order, as [what, context]. */
  journal = [];
  #read = 0;

  /** Of somebody at the first hub, who is not connected yet. */
  static async of(bearer, { isStream = false, ...options } = {}) {
    const phone = new Phone();
    everybody.push(phone);
    phone.road = await Road.to(stage.hubs[0].url);
    const stream = { transport: "http_stream", endpoint: phone.road.streamUrl };
    phone.client = new Library(isStream ? [stream] : phone.road.url, {
      websocket: WebSocket,
      token: bearer,
      minReconnectDelay: 50,
      maxReconnectDelay: 200,
      ...options,
    });
    phone.#note(phone.client, ["connecting", "connected", "disconnected", "error"], "");
    return phone;
  }

  /** Of somebody who is connected. */
  static async connected(role, sub, options = {}) {
    const phone = await Phone.of(token(role, sub), options);
    phone.client.connect();
    await phone.sees("connected");
    return phone;
  }

  /** Follows `channel`. */
  follows(channel, options = {}) {
    const subscription = this.client.newSubscription(channel, options);
    const names = ["subscribing", "subscribed", "unsubscribed", "publication", "error"];
    this.#note(subscription, names, " channel");
    subscription.subscribe();
    return subscription;
  }

  /** Waits for the next `what`; whatever came before it is behind us then. */
  async sees(what, isIt = () => true) {
    return eventually(what, () => {
      const rest = this.journal.slice(this.#read);
      const at = rest.findIndex(([name, it]) => name === what && isIt(it));
      if (at < 0) return undefined;
      this.#read += at + 1;
      return rest[at][1];
    });
  }

  /** How often `what` has happened. */
  count(what) {
    return this.journal.filter(([name]) => name === what).length;
  }

  /** Calls a method; returns its answer. */
  async calls(method, data) {
    return unpacked((await this.client.rpc(method, packed(data))).data);
  }

  #note(emitter, names, suffix) {
    for (const name of names) {
      emitter.on(name, (it) => {
        this.journal.push([`${name}${suffix}`, { ...it, data: unpacked(it.data) }]);
      });
    }
  }
}

/** The error with which `promise` was refused. */
export async function refusal(promise) {
  const answer = await promise.then(
    (it) => ({ answered: it }),
    (error) => error,
  );
  if ("answered" in answer) throw new Error(`not refused: ${JSON.stringify(answer.answered)}`);
  return answer;
}

/** Asks the hub over HTTP, where every command can be given too. */
export async function asks(role, sub, method, path, body) {
  const response = await fetch(stage.hubs.at(-1).url + path, {
    method,
    headers: {
      authorization: `Bearer ${token(role, sub)}`,
      "content-type": "application/json",
      "idempotency-key": "k",
    },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Plays the cases one after the other, a line for each. */
export async function play(cases) {
  let failed = 0;
  for (const [name, test] of Object.entries(cases)) {
    try {
      const late = pause(CASE_MS).then(() => {
        throw new Error(`not within ${CASE_MS} ms`);
      });
      await Promise.race([test(), late]);
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}: ${error.message}`);
      for (const phone of everybody) {
        console.log(`        ${phone.road.travellers} connections were opened; seen:`);
        for (const seen of phone.journal) console.log(`        ${JSON.stringify(seen)}`);
      }
    }
    for (const phone of everybody.splice(0)) {
      phone.client.disconnect();
      phone.road.close();
    }
  }
  process.exit(failed ? 1 : 0);
}
