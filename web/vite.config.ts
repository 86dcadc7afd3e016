// One page per role. In development every path that the hub answers is passed on to it.
import { resolve } from "node:path";
import { defineConfig } from "vite";

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
const pages = ["index", "customer", "store", "rider", "operator"];

export default defineConfig({
  appType: "mpa",
  build: {
    target: "es2023",
    // Browsers that know light-dark(); without it the stylesheet is rewritten into something longer.
    cssTarget: ["chrome123", "safari17.5", "firefox120"],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: pages.map((page) => resolve(import.meta.dirname, `${page}.html`)),
    },
  },
  server: {
    proxy: Object.fromEntries(
      // Anchored, or `/ops` would also take a module called `/ops.ts`.
      answeredByHub.map((path) => [`^${path}(?=[/?]|$)`, { target: hub, ws: true }]),
    ),
  },
});
