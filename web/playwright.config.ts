// One whole city for all tests, each with customers, stores and riders of its own.

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  // `npm run pictures` takes those of the README, of a town that lives; no test compares them.
  testMatch: process.env.PICTURES ? "pictures.ts" : "*.test.ts",
  globalSetup: "./e2e/startCity.ts",
  outputDir: "test-results",
  workers: 1,
  // Against what hangs; a busy machine may take its time.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    // Tests of the shell itself say so; everybody else wants to see each request.
    serviceWorkers: "block",
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    viewport: { width: 412, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        // Letters look the same whatever this machine wants of its fonts.
        "--font-render-hinting=none",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
