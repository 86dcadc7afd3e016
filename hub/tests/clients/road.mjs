// The way from a phone to a hub. It leads where it is told, and can break off.

import net from "node:net";

/** A ping of the hub, in both encodings: a whole frame with an empty message. */
const PINGS = [Buffer.from([0x81, 2, 0x7b, 0x7d]), Buffer.from([0x82, 1, 0])];
/** What a client puts before its payload: two bytes of head, four of mask. */
const MASKED_HEAD_BYTES = 6;

export class Road {
  /** How often somebody set out on it. */
  travellers = 0;
  pings = 0;
  pongs = 0;
  #hub;
  #open = new Set();
  #server = net.createServer((phone) => this.#carry(phone));

  /** A road to the hub at `url`. */
  static async to(url) {
    const road = new Road();
    road.leadsTo(url);
    await new Promise((ready) => road.#server.listen(0, "127.0.0.1", ready));
    return road;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/connection/websocket`;
  }

  /** The same for those who may not open a socket. */
  get streamUrl() {
    return `http://127.0.0.1:${this.#server.address().port}/connection/http_stream`;
  }

  /** Whoever sets out from here on arrives at the hub at `url`; nowhere if there is none. */
  leadsTo(url) {
    this.#hub = url && new URL(url);
  }

  /** Everybody who is on it is cut off. */
  breaks() {
    for (const socket of this.#open) socket.destroy();
  }

  close() {
    this.breaks();
    this.#server.close();
  }

  #carry(phone) {
    this.travellers += 1;
    if (!this.#hub) {
      phone.destroy();
      return;
    }
    const hub = net.connect(Number(this.#hub.port), this.#hub.hostname);
    for (const [from, to] of [
      [phone, hub],
      [hub, phone],
    ]) {
      from.setNoDelay(true);
      this.#open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        this.#open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
    let pinged = 0;
    hub.on("data", (chunk) => {
      const ping = PINGS.find((it) => it.equals(chunk));
      if (ping) {
        this.pings += 1;
        pinged = ping.length - 2;
      }
    });
    phone.on("data", (chunk) => {
      if (pinged && chunk.length === MASKED_HEAD_BYTES + pinged) {
        this.pongs += 1;
        pinged = 0;
      }
    });
  }
}
