// Weighs what a browser has to fetch and fails when a screen has become too heavy.

import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = resolve(import.meta.dirname, "../dist");
const PAGES = ["index", "customer", "store", "rider", "operator", "track"];
const MAP = "src/map/leaflet.ts";
const WORDS = /\.en\.ts$/;

/** All script of a role before the map: a second or two on a slow phone in a stairwell. */
const SCRIPT_BYTES_MAX = 45_000;
/** The map with its stylesheet; the city's test keeps its ground below the other 50 kB. */
const MAP_BYTES_MAX = 70_000;

const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
const weights = new Map();

function weigh(file) {
  if (!weights.has(file)) {
    weights.set(file, gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length);
  }
  return weights.get(file);
}

/** The scripts of a module and of all it imports at once, each counted once. */
function scriptsOf(key, found = new Set()) {
  const chunk = manifest[key];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const next of chunk.imports ?? []) scriptsOf(next, found);
  return found;
}

/** The parts that are fetched later, however deep; not the map, and not the second language. */
function laterOf(key, found = new Set()) {
  const chunk = manifest[key];
  for (const next of chunk.imports ?? []) laterOf(next, found);
  for (const next of chunk.dynamicImports ?? []) {
    if (next === MAP || WORDS.test(next) || found.has(next)) continue;
    found.add(next);
    laterOf(next, found);
  }
  return found;
}

const sum = (files) => [...files].reduce((bytes, file) => bytes + weigh(file), 0);
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
let isTooHeavy = false;

function report(name, bytes, limit, detail = "") {
  const verdict = bytes > limit ? "TOO HEAVY" : "ok";
  isTooHeavy ||= bytes > limit;
  console.log(`${name.padEnd(10)} ${kB(bytes).padStart(8)} of ${kB(limit)} ${verdict} ${detail}`);
}

for (const page of PAGES) {
  const key = `${page}.html`;
  const atOnce = scriptsOf(key);
  // Whichever view is opened first comes on top; the heaviest counts.
  const [view, bytes] = [...laterOf(key)]
    .map((later) => [later, sum(scriptsOf(later, new Set(atOnce)))])
    .reduce((a, b) => (b[1] > a[1] ? b : a), ["", sum(atOnce)]);
  report(page, bytes, SCRIPT_BYTES_MAX, view && `at once ${kB(sum(atOnce))}, then ${view}`);
}
const known = new Set([...scriptsOf("customer.html"), ...scriptsOf("rider.html")]);
const ofMap = [...scriptsOf(MAP), ...(manifest[MAP].css ?? [])].filter((file) => !known.has(file));
report("map", sum(ofMap), MAP_BYTES_MAX);
// Nobody is to be served it.
rmSync(join(DIST, ".vite"), { recursive: true });
if (isTooHeavy) process.exit(1);
