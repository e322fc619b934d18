// node shipped.mjs PROGRAM: does a program that is to be given to others hold its web interface? Debug builds read it
// from the disk and release builds hold a copy, so only the program itself can say.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Throws when the first page at `origin` is not the interface, or its script is not there. */
export async function check(origin) {
  const page = await (await fetch(`${origin}/`)).text();
  const script = /<script[^>]+src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  if (!script) {
    throw new Error("it holds no web interface; build it again after `make ui` left ui/dist/index.html");
  }
  const answer = await fetch(origin + script);
  const length = (await answer.text()).length;
  const type = answer.headers.get("content-type") ?? "";
  if (answer.status !== 200 || !type.startsWith("text/javascript") || length < 1000) {
    throw new Error(
      `${script} of its web interface is not there (${answer.status}, ${type}, ${length} characters)`,
    );
  }
}

/** Runs `program serve` on a home of its own and checks it. */
export async function shipped(program, ...before) {
  const home = await mkdtemp(join(tmpdir(), "deskhand-shipped-"));
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    USERPROFILE: home,
    DESKHAND_HOME: join(home, ".deskhand"),
  };
  const server = spawn(program, [...before, "serve", "--json"], {
    env,
    cwd: home,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(server, "exit");
  try {
    const line = once(createInterface({ input: server.stdout }), "line");
    const ended = gone.then(([code]) => {
      throw new Error(`it ended with ${code} before it served anything`);
    });
    const [told] = await Promise.race([line, ended]);
    await check(new URL(JSON.parse(told).url).origin);
  } finally {
    server.kill();
    await gone.catch(() => {});
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = process.argv[2];
  try {
    await shipped(program);
    console.log(`${program} holds its web interface.`);
  } catch (error) {
    console.error(`${program}: ${error.message}`);
    process.exitCode = 1;
  }
}
