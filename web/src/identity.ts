// Who is looking, and the token that proves it. The token is never part of an address.

import { signal } from "@preact/signals";
import type { Config, Role } from "./contract";

/** A guest has no account: the id is that of the one order they may look at. */
export type Identity = { role: Role | "guest"; id: string };

const DEFAULTS: Record<Role, string> = {
  customer: "c-1",
  store: "s-1",
  rider: "r-1",
  operator: "o-1",
};

/** A token with less than this left is not worth using. */
const SPARE_SECONDS = 20;

type Claims = { sub?: string; role?: string; storeId?: string; exp?: number };

let identity: Identity | null = null;
let config: Config | null = null;
let held: { token: string; expiresAt: number } | null = null;

/** True while nobody is signed in and somebody must be. */
export const signedOut = signal(false);

/** The person of this page. Only screens that were opened with `identify` may ask. */
export function me(): Identity {
  if (identity === null) throw new Error("asked who is looking before it was known");
  return identity;
}

/** What the hub told the web about itself. */
export function settings(): Config {
  if (config === null) throw new Error("asked for settings before they were read");
  return config;
}

/** Reads the settings without anybody being signed in; the stage needs no more. */
export async function readSettings(): Promise<Config> {
  const answer = await fetch("/config.json", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`reading the settings: ${answer.status}`);
  config = (await answer.json()) as Config;
  return config;
}

/** Finds out who is looking; false when a token has to be asked for first. */
export async function identify(role: Role): Promise<boolean> {
  const { devTokens } = await readSettings();
  if (devTokens) {
    const asked = new URLSearchParams(location.search).get("as");
    identity = { role, id: asked || DEFAULTS[role] };
    return true;
  }
  const kept = sessionStorage.getItem(storageKey(role));
  return kept !== null && signIn(role, kept) === "ok";
}

export type SignIn = "ok" | "unreadable" | "otherRole";

/** Takes a pasted token for the person it names. Whether it is genuine is for the hub to say. */
export function signIn(role: Role, token: string): SignIn {
  const claims = claimsOf(token.trim());
  const id = role === "store" ? claims?.storeId : claims?.sub;
  if (!claims || !id) return "unreadable";
  if (claims.role !== role) return "otherRole";
  identity = { role, id };
  held = { token: token.trim(), expiresAt: claims.exp ?? Number.POSITIVE_INFINITY };
  sessionStorage.setItem(storageKey(role), token.trim());
  signedOut.value = false;
  return "ok";
}

/** Takes the token of a shared link; false if there is none, or its time is over. */
export async function signInAsGuest(token: string): Promise<boolean> {
  await readSettings();
  const claims = claimsOf(token);
  if (claims?.role !== "guest" || !claims.sub || !claims.exp) return false;
  identity = { role: "guest", id: claims.sub };
  held = { token, expiresAt: claims.exp };
  return claims.exp > Date.now() / 1000;
}

/** Whether this person can be given another token without being asked for it. */
export function canRenew(): boolean {
  return settings().devTokens && me().role !== "guest";
}

/** A token that is still good; `fresh` when the hub has just refused the one we held. */
export async function token(fresh = false): Promise<string> {
  const good = held !== null && held.expiresAt - Date.now() / 1000 > SPARE_SECONDS;
  if (held !== null && good && !fresh) return held.token;
  const { role, id } = me();
  if (role !== "guest") {
    if (settings().devTokens) {
      held = await developmentToken(role, id);
      return held.token;
    }
    sessionStorage.removeItem(storageKey(role));
  }
  signedOut.value = true;
  throw new Error("the token has expired");
}

async function developmentToken(role: Role, id: string) {
  const answer = await fetch("/dev/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(role === "store" ? { role, sub: id, storeId: id } : { role, sub: id }),
  });
  if (!answer.ok) throw new Error(`asking for a development token: ${answer.status}`);
  const { token } = (await answer.json()) as { token: string };
  return { token, expiresAt: claimsOf(token)?.exp ?? Number.POSITIVE_INFINITY };
}

function claimsOf(token: string): Claims | null {
  const part = token.split(".")[1];
  if (!part) return null;
  try {
    const bytes = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
    return JSON.parse(text) as Claims;
  } catch {
    return null;
  }
}

function storageKey(role: Role): string {
  return `token:${role}`;
}
