// Commands and questions over HTTP. A refusal is an answer with a code; it comes back as `Refused`.

import type { Problem, ProblemCode } from "./contract";
import { token } from "./identity";
import { say } from "./preferences";
import { common } from "./words/common";

/** The longest a command may take; the hub waits 3 s for a payment. */
const TIMEOUT_MS = 15_000;

/** The hub said no, with its reason. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly retryAfterSeconds: number | null,
  ) {
    super(problem.detail ?? `refused with ${status}`);
  }

  get code(): ProblemCode | null {
    return this.problem.code ?? null;
  }
}

/** Nobody answered: the command may or may not have had its way. */
export class Unreachable extends Error {}

export type Answer<T> = { status: number; body: T };

type Method = "GET" | "POST" | "PUT";

/** Asks the hub; a token that has just expired is replaced once. */
export async function ask<T>(
  method: Method,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  let answer = await send(method, path, body, headers, false);
  if (answer.status === 401) answer = await send(method, path, body, headers, true);
  if (!answer.ok) throw await refusal(answer);
  const text = await answer.text();
  return { status: answer.status, body: (text === "" ? null : JSON.parse(text)) as T };
}

export async function get<T>(path: string): Promise<T> {
  return (await ask<T>("GET", path)).body;
}

export async function put<T>(path: string, body?: unknown): Promise<T> {
  return (await ask<T>("PUT", path, body)).body;
}

async function send(
  method: Method,
  path: string,
  body: unknown,
  headers: Record<string, string>,
  fresh: boolean,
): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${await token(fresh)}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new Unreachable("no answer from the hub", { cause });
  }
}

async function refusal(answer: Response): Promise<Refused> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  const wait = Number(answer.headers.get("retry-after"));
  return new Refused(answer.status, problem, wait > 0 ? wait : null);
}

/** A failure in words for the person in front of the screen. */
export function inWords(failure: unknown): string {
  const words = say(common);
  if (failure instanceof Unreachable) return words.unreachable;
  if (!(failure instanceof Refused)) return words.unknownProblem;
  const known = failure.code === null ? undefined : words.problem[failure.code];
  return known ?? failure.problem.detail ?? words.unknownProblem;
}
