// Fails when the JavaScript that is fetched before previews, differences and settings is larger than the limit: what
// `index.html` loads at once, the view of a task, and what any module loads beforehand (`NAME.preload()`).
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 250_000;
const src = new URL("../src/", import.meta.url);
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** The modules that are loaded beforehand, as the manifest names them. What is loaded on intent is not (`onIntent`). */
function preloaded() {
  const found = new Set();
  for (const name of readdirSync(src, { recursive: true })) {
    if (!/\.tsx?$/.test(name) || name.includes(".test.")) continue;
    const text = readFileSync(new URL(name, src), "utf8");
    for (const [, view] of text.matchAll(/\b([A-Z]\w*)\.preload\(\)/g)) {
      const path = new RegExp(`const ${view} = later\\(\\(\\) => import\\("~/([^"]+)"\\)`).exec(text)?.[1];
      if (!path) throw new Error(`src/${name} loads ${view} beforehand; nothing says from where`);
      found.add(path);
    }
  }
  return [...found];
}

/** The name of a module in the manifest: `task/TaskView` is a file, `trust` a folder with an index. */
function keyOf(path) {
  const tails = [".tsx", ".ts", "/index.tsx", "/index.ts"];
  const key = tails.map((tail) => `src/${path}${tail}`).find((one) => manifest[one]);
  if (!key) throw new Error(`The build has no chunk of src/${path}`);
  return key;
}

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
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

gather("index.html");
const first = size();
gather("src/task/TaskView.tsx");
for (const path of preloaded()) gather(keyOf(path));
const all = size();

// Only this script needs the manifest; the server embeds everything else.
rmSync(new URL(".vite", dist), { recursive: true });

const words = `JavaScript (gzip): ${kB(first)} for the first page, ${kB(all)} with all that is fetched unasked; the limit is ${kB(LIMIT)}.`;
if (all > LIMIT) {
  console.error(words);
  process.exit(1);
}
console.log(words);
