import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    // Against what hangs; a busy machine may take its time.
    testTimeout: 60_000,
  },
});
