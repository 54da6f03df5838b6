import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["{handout,lib,session,widgets}/**/*.test.{ts,tsx}"],
    testTimeout: 10_000,
  },
});
