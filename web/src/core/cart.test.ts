import { describe, expect, it } from "vitest";
import {
  answered,
  type Cart,
  change,
  emptyCart,
  isDefinitive,
  orderOf,
  pieces,
  priced,
  QUANTITY_MAX,
  totalWon,
  withKey,
} from "./cart";

const HOME = { text: "망원동 12길 3", lat: 37.5551, lng: 126.902 };
const TTEOKBOKKI = { id: "m-1", name: "국물떡볶이", priceWon: 9000 };
const FRIES = { id: "m-2", name: "모둠튀김", priceWon: 6500 };

function dice() {
  let thrown = 0;
  return () => `key-${++thrown}`;
}

function filled(): Cart {
  return change(emptyCart("s-1", "달빛분식"), TTEOKBOKKI, ["보통맛"], 2);
}

const order = (cart: Cart, token = "tok_ok") => orderOf(cart, HOME, "", token);

describe("the cart", () => {
  it("costs what the menu says today, and keeps its key", () => {
    const sent = withKey(filled(), order(filled()), dice());
    const menu = [{ ...TTEOKBOKKI, priceWon: 9500, soldOut: false, options: [] }];
    expect(totalWon(priced(sent, menu))).toBe(19_000);
    expect(priced(sent, menu).sent).toEqual(sent.sent);
    expect(totalWon(priced(sent, []))).toBe(18_000);
  });

  it("counts the same dish with another choice apart", () => {
    const cart = change(change(filled(), TTEOKBOKKI, ["매운맛"], 1), FRIES, [], 1);
    expect(cart.lines.map((line) => line.quantity)).toEqual([2, 1, 1]);
    expect(pieces(cart)).toBe(4);
    expect(totalWon(cart)).toBe(33_500);
  });

  it("drops a line with the last piece and stops at the most", () => {
    expect(change(filled(), TTEOKBOKKI, ["보통맛"], -2).lines).toEqual([]);
    expect(change(filled(), TTEOKBOKKI, ["보통맛"], 99).lines[0]?.quantity).toBe(QUANTITY_MAX);
  });
});

describe("the key of an order", () => {
  it("survives a lost answer and a reload", () => {
    const newKey = dice();
    const first = withKey(filled(), order(filled()), newKey);
    const reloaded = JSON.parse(JSON.stringify(first)) as Cart;
    expect(withKey(reloaded, order(reloaded), newKey).sent.key).toBe(first.sent.key);
  });

  it("changes with the content, the address, the note and the payment", () => {
    const newKey = dice();
    const cart = withKey(filled(), order(filled()), newKey);
    const more = change(cart, FRIES, [], 1);
    const keys = [
      cart.sent.key,
      withKey(more, order(more), newKey).sent.key,
      withKey(cart, orderOf(cart, { ...HOME, text: "옆집" }, "", "tok_ok"), newKey).sent.key,
      withKey(cart, orderOf(cart, HOME, "벨 눌러주세요", "tok_ok"), newKey).sent.key,
      withKey(cart, order(cart, "tok_declined"), newKey).sent.key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is a new one after the hub has answered for good", () => {
    const newKey = dice();
    const cart = withKey(filled(), order(filled()), newKey);
    const after = answered(cart);
    expect(withKey(after, order(after), newKey).sent.key).not.toBe(cart.sent.key);
  });

  it("stays for answers that settle nothing", () => {
    expect([201, 202, 402, 409, 422].every(isDefinitive)).toBe(true);
    expect([401, 408, 429, 500, 502, 503].some(isDefinitive)).toBe(false);
  });
});
