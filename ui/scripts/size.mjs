// Fails when the JavaScript a first page needs is larger than the limit: everything that `index.html` loads at once.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const files = new Set();
function gather(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const next of chunk.imports ?? []) gather(next);
}
gather("index.html");

// Only this script needs the manifest; the server embeds everything else.
rmSync(new URL(".vite", dist), { recursive: true });

let total = 0;
for (const file of files) total += gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
if (total > LIMIT) {
  console.error(`The first page needs ${kib(total)} of JavaScript (gzip); the limit is ${kib(LIMIT)}.`);
  process.exit(1);
}
console.log(
  `The first page needs ${kib(total)} of JavaScript (gzip) in ${files.size} files; the limit is ${kib(LIMIT)}.`,
);
