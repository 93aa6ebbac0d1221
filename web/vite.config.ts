/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: here,
  base: "/static/",
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1300,
    rolldownOptions: {
      input: {
        base: `${here}src/base/base.ts`,
        live: `${here}src/live/live.ts`,
        series: `${here}src/series/series.ts`,
        picker: `${here}src/picker/picker.ts`,
        cases: `${here}src/cases/cases.ts`,
        casemap: `${here}src/casemap/casemap.ts`,
        dispatch: `${here}src/dispatch/dispatch.ts`,
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
