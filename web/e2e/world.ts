// The cast of a test: a store nobody else uses, and people who act through their screens.

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from "@playwright/test";
import type { Order, Problem } from "../src/contract";

/** Where the store of a test stands; its people are a short walk away. */
const HERE = { lat: 37.553, lng: 126.9105 };
const WORLDS_MAX = 500;
/** Some 20 cm. */
const NEARER_DEGREES = 0.000_002;
const COOK_MINUTES = 15;
const PHONE = { width: 412, height: 900 };

type Menu = { id: string; name: string; priceWon: number; soldOut: boolean; options: string[] };

const MENU: Menu[] = [
  { id: "m-1", name: "국물떡볶이", priceWon: 9000, soldOut: false, options: ["보통맛", "매운맛"] },
  { id: "m-2", name: "모둠튀김", priceWon: 6500, soldOut: false, options: [] },
];

type Init = { method?: string; body?: unknown; key?: string };

let worlds = 0;
let attempts = 0;

export class World {
  readonly store: { id: string; name: string };
  /** The newest store is the nearest, for lists show only so many. */
  readonly place: { lat: number; lng: number };
  readonly customerId: string;
  readonly riderId: string;
  readonly #contexts: BrowserContext[] = [];

  constructor(
    private readonly browser: Browser,
    readonly url: string,
    name?: string,
  ) {
    worlds += 1;
    this.place = { lat: HERE.lat + (WORLDS_MAX - worlds) * NEARER_DEGREES, lng: HERE.lng };
    const tag = `${Date.now().toString(36)}-${worlds}`;
    this.store = { id: `s-${tag}`, name: name ?? `시험분식 ${tag}` };
    this.customerId = `c-${tag}`;
    this.riderId = `r-${tag}`;
  }

  /** Opens the store's doors, through the hub's own path for it. */
  async openStore(): Promise<void> {
    const answer = await fetch(`${this.url}/stores/${this.store.id}`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${await this.token("operator", "o-1")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        ...this.store,
        ...this.place,
        open: true,
        paused: false,
        deliveryRadiusMeters: 3000,
        minTotalWon: 0,
        openOrdersMax: 50,
        defaultCookMinutes: COOK_MINUTES,
        autoAccept: false,
        menu: MENU,
      }),
    });
    expect(answer.ok, await answer.text()).toBe(true);
  }

  async token(role: string, sub: string): Promise<string> {
    const answer = await fetch(`${this.url}/dev/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(role === "store" ? { role, sub, storeId: sub } : { role, sub }),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  /** Asks the hub as somebody, beside all screens. */
  async asks<T>(role: string, sub: string, path: string, init: Init = {}): Promise<T> {
    const { method = "GET", body, key } = init;
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.token(role, sub)}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as T;
  }

  /** Somebody tries to order two 국물떡볶이; answers with the order or with the problem. */
  tries(customerId = this.customerId, token = "tok_ok"): Promise<Order & Problem> {
    attempts += 1;
    const body = {
      storeId: this.store.id,
      items: [{ menuId: "m-1", quantity: 2, options: ["보통맛"] }],
      address: { text: "망원동 12길 3, 402호", lat: HERE.lat + 0.002, lng: HERE.lng + 0.002 },
      note: "",
      payment: { method: "card", token },
    };
    const init = { method: "POST", body, key: `try-${attempts}` };
    return this.asks("customer", customerId, "/orders", init);
  }

  /** Somebody orders; what they see of it later can be asked for. */
  async orders() {
    const order = await this.tries();
    expect(order.state, JSON.stringify(order)).toBe("PLACED");
    const customerSees = () => this.asks<Order>("customer", this.customerId, `/orders/${order.id}`);
    return { order, customerSees };
  }

  /** The newest order of this test's customer. */
  async newestOrder(): Promise<string> {
    const { orders } = await this.asks<{ orders: Order[] }>(
      "customer",
      this.customerId,
      "/orders?limit=1",
    );
    return orders[0]?.id ?? "";
  }

  /** A command of a store, beside its board. */
  asStore<T>(path: string, body: unknown = {}, storeId = this.store.id): Promise<T> {
    return this.asks<T>("store", storeId, path, { method: "PUT", body });
  }

  /** A command of this test's rider, beside their screen. */
  asRider<T>(path: string, body: unknown = {}): Promise<T> {
    return this.asks<T>("rider", this.riderId, path, { method: "PUT", body });
  }

  /** Somebody of the town orders the first dish of one of its stores; answers with the order's id. */
  async ordersAs(customerId: string, storeId: string): Promise<string> {
    type Shop = { lat: number; lng: number; minTotalWon: number; menu: Menu[] };
    const shop = await this.asks<Shop>("customer", customerId, `/stores/${storeId}`);
    const [dish] = shop.menu;
    attempts += 1;
    const body = {
      storeId,
      items: [
        {
          menuId: dish?.id,
          quantity: Math.max(1, Math.ceil(shop.minTotalWon / (dish?.priceWon ?? 1))),
          options: dish?.options.slice(0, 1),
        },
      ],
      address: { text: "나루동 3길 8", lat: shop.lat + 0.002, lng: shop.lng + 0.002 },
      note: "",
      payment: { method: "card", token: "tok_ok" },
    };
    const key = `stage-${this.customerId}-${attempts}`;
    const order = await this.asks<Order>("customer", customerId, "/orders", {
      method: "POST",
      body,
      key,
    });
    expect(order.state, JSON.stringify(order)).toBe("PLACED");
    return order.id;
  }

  customer(): Promise<Page> {
    return this.#open(`/customer?as=${this.customerId}`);
  }

  kitchen(): Promise<Page> {
    return this.#open(`/store?as=${this.store.id}`, { width: 1280, height: 800 });
  }

  rider(): Promise<Page> {
    return this.#open(`/rider?as=${this.riderId}`);
  }

  /** A rider at the store's door whose phone may say where it is, on duty. */
  async riderAtTheDoor(riderId = this.riderId): Promise<Page> {
    const geolocation = { latitude: HERE.lat, longitude: HERE.lng, accuracy: 5 };
    const permissions = ["geolocation"];
    const page = await this.#open(`/rider?as=${riderId}`, PHONE, { geolocation, permissions });
    await page.getByRole("button", { name: "근무 시작" }).click();
    await expect(page.getByText(/위치 보내는 중/)).toBeVisible();
    return page;
  }

  /** The kitchen does these steps with an order, beside all screens. */
  async kitchenDoes(order: Order, ...steps: string[]): Promise<void> {
    for (const step of steps) {
      const path = `/storeOrders/${order.id}/${step}`;
      await this.asks("store", this.store.id, path, { method: "PUT" });
    }
  }

  /** Somebody has ordered and the food is ready to be picked up. */
  async hasCooked(): Promise<Order> {
    const { order } = await this.orders();
    await this.kitchenDoes(order, "received", "accept", "startCook", "finishCook");
    return order;
  }

  operator(): Promise<Page> {
    return this.#open("/operator?as=o-1", { width: 1280, height: 800 });
  }

  /** A browser of one's own, live before it is handed over. */
  async #open(path: string, viewport = PHONE, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport, ...options });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      throw error;
    });
    await page.goto(this.url + path);
    await expect(page.getByTestId("line")).toHaveText("실시간");
    return page;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
  }
}

/** Fills the cart at the test's store and stops before paying. */
export async function choosesDinner(page: Page, world: World): Promise<void> {
  await page.getByRole("link", { name: world.store.name }).click();
  await page.getByRole("button", { name: "국물떡볶이 담기" }).click();
  await page.getByRole("button", { name: "국물떡볶이 하나 더" }).click();
  await page.getByRole("button", { name: /2개 · ₩18,000 주문하기/ }).click();
  await page.getByLabel("배달 주소", { exact: true }).fill("망원동 12길 3, 402호");
}

/** Pays with the simulated provider's answer of that name. */
export async function pays(page: Page, token: string): Promise<void> {
  await page.getByLabel("시험 결제").selectOption(token);
  await page.getByRole("button", { name: /결제하고 주문/ }).click();
}

export const test = base.extend<{ world: World }>({
  world: async ({ browser }, use) => {
    const url = process.env.CITY_URL;
    if (!url) throw new Error("the city was not started");
    const world = new World(browser, url);
    await world.openStore();
    await use(world);
    await world.close();
  },
});

export { expect };
