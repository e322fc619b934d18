import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds a running `deskhand serve`.
const server = process.env.DESKHAND ?? "http://127.0.0.1:7437";
// `deskhand serve` refuses any other Host and Origin than its own (DNS rebinding), so both are set to its own.
const through = { target: server, changeOrigin: true, headers: { origin: server } };
const proxy = { "/api": through, "/session": through, "/health": through };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // Fonts and pictures stay files of their own: the content security policy allows no `data:` for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    // Small pieces that many views share are one file: apart, each is compressed by itself. What only settings and
    // dialogs need stays with them.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "kit", test: /\/src\/(kit\/(?!Markdown|gfm|Choice|index)|api\/|format\/|shell\/later)/ },
            {
              name: "shared",
              test: /\/(lucide-react|src\/(shell|composer|task|home|ask))\//,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
