// One page per role. In development every path that the hub answers is passed on to it.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { buildId } from "./scripts/buildId";

const hub = process.env.HUB_URL ?? "http://127.0.0.1:8080";
const answeredByHub = [
  "/city",
  "/config.json",
  "/connection",
  "/deliveries",
  "/dev",
  "/logs",
  "/map",
  "/ops",
  "/orders",
  "/payments",
  "/riders",
  "/stores",
  "/storeOrders",
];
const pages = ["index", "customer", "store", "rider", "operator", "track"];
const build = buildId();
const at = (path: string) => resolve(import.meta.dirname, path);

export default defineConfig({
  appType: "mpa",
  define: { __BUILD__: JSON.stringify(build) },
  plugins: [
    {
      // The hub tells it to the screens, so that an old one knows that it is.
      name: "say what the build is called",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "build.txt", source: build });
      },
    },
  ],
  build: {
    target: "es2023",
    // Browsers that know light-dark(); without it the stylesheet is rewritten into something longer.
    cssTarget: ["chrome123", "safari17.5", "firefox120"],
    modulePreload: { polyfill: false },
    // What scripts/weigh.mjs reads.
    manifest: true,
    rolldownOptions: {
      input: [...pages.map((page) => at(`${page}.html`)), at("src/worker/sw.ts")],
      output: {
        // A service worker's name is its identity, and where it lies says what it may serve.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        codeSplitting: {
          groups: [
            {
              // What the stage needs, too, which opens no socket of its own.
              name: "base",
              test: /vite\/preload-helper|node_modules\/@?preact|\/src\/(preferences|words\/(common|dictionary)|shell\/(cast|keepShell|LanguageSwitch|Notice))\.tsx?/,
            },
            { name: "line", test: /node_modules\/centrifuge/ },
            // What every screen has: together it squeezes better than in twelve small files.
            {
              name: "shell",
              test: /\/src\/(live|api|identity|core\/(formats|clock|fold|connection|thresholds|sightings)|shell\/(Announcer|Button|LinePill|Screen|build|driver|later|open|pane))\.tsx?/,
            },
            // A group takes all that it needs along, but for what has a group of its own.
            { name: "dialog", test: /\/src\/shell\/Dialog\.tsx/ },
            { name: "board", test: /\/src\/core\/board\.ts/ },
            { name: "geometry", test: /\/src\/core\/geometry\.ts/ },
            // A guest reads the same of an order as its customer.
            { name: "told", test: /\/src\/(customer\/(words|tracked)|core\/steps)\.ts/ },
            {
              name: "ordering",
              test: /\/src\/customer\/(CustomerScreen|AlertToast|orders|route|basket|notify)\.tsx?/,
            },
            {
              // What a store needs at once; its sheets share parts of it.
              name: "kitchen",
              test: /\/src\/store\/(StoreScreen|Board|BoardBar|BottomBar|TicketCard|AcceptOrReject|OtherSteps|StruckTickets|tickets|steps|ring|bell|tones|choices|facts|riders|today|words)\.tsx?/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      // Anchored, or `/ops` would also take a module called `/ops.ts`.
      answeredByHub.map((path) => [`^${path}(?=[/?]|$)`, { target: hub, ws: true }]),
    ),
  },
});
