// Fails when the JavaScript that is needed before previews, differences and settings is larger than the limit: what
// `index.html` loads at once, and the view of a task.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const files = new Set();
function gather(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`The build has no ${key}`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const next of chunk.imports ?? []) gather(next);
}
const size = () =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

gather("index.html");
const first = size();
gather("src/task/TaskView.tsx");
const all = size();

// Only this script needs the manifest; the server embeds everything else.
rmSync(new URL(".vite", dist), { recursive: true });

const words = `JavaScript (gzip): ${kib(first)} for the first page, ${kib(all)} with the view of a task; the limit is ${kib(LIMIT)}.`;
if (all > LIMIT) {
  console.error(words);
  process.exit(1);
}
console.log(words);
