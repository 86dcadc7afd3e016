// An entry of a feed that no worker can read, as a bug or a hand at the wrong place would leave it.
// Nothing of ours writes such a thing, so it is put there behind everybody's back.

import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";

/** The newest entry of any feed once more, with another order's id and of a kind there is not. */
const POISON = `
local feed = redis.call('KEYS', 'feed:*')[1]
local tag = string.match(feed, '{.*}')
local entry = redis.call('XREVRANGE', feed, '+', '-', 'COUNT', 1)[1][2]
local poison = { 'o', ARGV[1], 'k', 'gibberish' }
for i = 1, #entry, 2 do
  if string.find('tuh', entry[i]) then
    poison[#poison + 1] = entry[i]
    poison[#poison + 1] = entry[i + 1]
  end
end
local sequence = redis.call('INCR', 'sequence:' .. tag)
return redis.call('XADD', feed, sequence .. '-0', unpack(poison))`;

export function poisonFeed(orderId: string): Promise<void> {
  const words = ["EVAL", POISON, "0", orderId];
  const lines = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return new Promise((done, failed) => {
    const redis = connect(redisPort(), "127.0.0.1", () => {
      redis.write(`*${words.length}\r\n${lines.join("")}`);
    });
    redis.on("error", failed);
    redis.on("data", (answer) => {
      redis.end();
      if (String(answer).startsWith("-")) failed(new Error(String(answer)));
      else done();
    });
  });
}

/** Where the Redis listens that the city has started for itself. */
function redisPort(): number {
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const port = read(id, "cmdline").match(/redis-server.*:(\d+)/)?.[1];
    if (port && isOfTheCity(id)) return Number(port);
  }
  throw new Error("the city has no Redis of its own");
}

function isOfTheCity(id: string | undefined): boolean {
  if (id === undefined || Number(id) <= 1) return false;
  const parent = read(id, "stat").split(") ").at(-1)?.split(" ")[1];
  return id === process.env.CITY_PID || isOfTheCity(parent);
}

function read(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8");
  } catch {
    return ""; // It has ended meanwhile.
  }
}
