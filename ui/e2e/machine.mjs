// A person's computer for one test: a home folder with files, a scripted model, and the real `deskhand serve`.
//
// Everything lives in a temporary folder and ends with the test; processes are ended by id.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, cp, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const programs =
  process.env.DESKHAND_PROGRAMS ?? join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug");

/** Where one of our programs is. */
export const program = (name) => join(programs, name);

/** The first line a program prints; an error with what it said when it ends before. */
async function firstLine(child, what) {
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line").then(([text]) => text),
    once(child, "exit").then(([code]) => {
      throw new Error(`${what} ended with ${code}: ${said}`);
    }),
  ]);
  lines.on("line", () => {}); // Nothing it says later may fill the pipe.
  return line;
}

// The system's keychain, played by a program of its command's name: an entry is a file named by its account. A test never
// touches the keychain of whoever runs it.
const KEYCHAIN = `#!/bin/sh
for account; do :; done
kept="$(dirname "$0")/../.keychain"
mkdir -p "$kept"
case "$1" in
store) cat > "$kept/$account" ;;
lookup) cat "$kept/$account" ;;
clear) rm -f "$kept/$account" ;;
esac
`;

async function end(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(timer);
}

export class Machine {
  /** What this computer's environment says beyond the usual. */
  env = {};

  /**
   * `home` is a folder that is made for it; where that cannot be, it is a temporary one.
   * `second` = there is another model, `second/claude-opus-5`, that follows the same script.
   * `desktop` = a desktop on which what is opened is written down (`opened()`). `managed` = rules of an organisation.
   * `beside` = programs installed beside `deskhand`, by name.
   * @param {{replies?: object[], then?: string, files?: Record<string, string | Buffer>, model?: boolean, second?: boolean, home?: string, desktop?: boolean, managed?: string, beside?: Record<string, string>}} options
   */
  static async start(options = {}) {
    const { replies = [], then = "fail", files = {}, model = true, second = false, home, desktop = false, managed, beside } = options;
    const machine = new Machine();
    // Only one that was not there: it is removed at the end.
    const made = home && (await mkdir(home).then(() => home, () => undefined));
    machine.home = made ?? (await mkdtemp(join(tmpdir(), "deskhand-e2e-")));
    machine.work = join(machine.home, "Reports");
    await mkdir(machine.work, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const file = join(machine.work, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await mkdir(join(machine.home, "bin"));
    await writeFile(join(machine.home, "bin/secret-tool"), KEYCHAIN);
    await chmod(join(machine.home, "bin/secret-tool"), 0o755);
    if (beside) await machine.install(beside);
    if (desktop) await machine.startDesktop();
    if (managed !== undefined) {
      machine.env.DESKHAND_MANAGED_POLICY = join(machine.home, "organisation.toml");
      await writeFile(machine.env.DESKHAND_MANAGED_POLICY, managed, { mode: 0o644 });
    }
    if (model) await machine.startModel({ replies, then });
    if (second) await machine.addModel();
    await machine.serve();
    return machine;
  }

  /** Installs `deskhand` in a folder of its own, with other programs beside it. */
  async install(beside) {
    const folder = join(this.home, "app");
    await mkdir(folder);
    this.program = join(folder, "deskhand");
    await link(program("deskhand"), this.program).catch(() => copyFile(program("deskhand"), this.program));
    for (const [name, text] of Object.entries(beside)) await writeFile(join(folder, name), text, { mode: 0o755 });
  }

  async startModel(script) {
    const file = join(this.home, ".script.json");
    await writeFile(file, JSON.stringify(script));
    this.model = spawn(join(programs, "scripted-model"), [file], { stdio: ["pipe", "pipe", "pipe"] });
    this.modelUrl = await firstLine(this.model, "scripted-model");
  }

  /** What the keychain holds, by account. */
  async keychain() {
    const kept = join(this.home, ".keychain");
    const names = await readdir(kept).catch(() => []);
    const entries = names.map(async (name) => [name, await readFile(join(kept, name), "utf8")]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Gives the computer a desktop, which only remembers what it was told to open. */
  async startDesktop() {
    for (const opener of ["browser", "xdg-open"]) {
      const program = join(this.home, "bin", opener);
      await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> "$HOME/.opened"\n`, { mode: 0o755 });
    }
    // No bus either, so that showing a file in its folder goes the same way.
    Object.assign(this.env, { DISPLAY: ":99", BROWSER: join(this.home, "bin/browser") });
  }

  /** What was opened on the desktop so far. */
  async opened() {
    const text = await readFile(join(this.home, ".opened"), "utf8").catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  async addModel() {
    const key = 'key = { from = "env", name = "ANTHROPIC_API_KEY" }';
    const about = `kind = "anthropic"\nid = "second"\nmodel = "claude-opus-5"\nbase_url = "${this.modelUrl}"\n${key}\n`;
    await mkdir(join(this.home, ".deskhand"), { recursive: true });
    await writeFile(join(this.home, ".deskhand", "settings.toml"), `[models]\ndefault = "anthropic"\n[[models.providers]]\n${about}`);
  }

  /** Starts the server, or starts it again after `kill`: at a port of its own choice, or at this one. */
  async serve(port = 0) {
    const env = {
      PATH: `${join(this.home, "bin")}:${process.env.PATH}`,
      HOME: this.home,
      USERPROFILE: this.home,
      DESKHAND_HOME: join(this.home, ".deskhand"),
      DESKHAND_CACHE: join(this.home, ".cache", "deskhand"),
      ...this.env,
      ...(this.modelUrl ? { ANTHROPIC_API_KEY: "sk-ant-e2e", ANTHROPIC_BASE_URL: this.modelUrl } : {}),
    };
    this.server = spawn(this.program ?? program("deskhand"), ["serve", "--json", ...(port ? ["--port", String(port)] : [])], {
      env,
      cwd: this.home,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const told = JSON.parse(await firstLine(this.server, "deskhand serve"));
    this.url = told.url;
    this.origin = new URL(told.url).origin;
    this.token = new URL(told.url).hash.replace("#token=", "");
  }

  /** A request to the API as a script of the person's would make it. */
  async api(method, path, body) {
    const answer = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        "x-deskhand": "1",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Starts a task on the work folder and returns its id. */
  async task(prompt, more = {}) {
    const made = await this.api("POST", "/tasks", {
      prompt,
      folders: [{ path: this.work, mode: "rw" }],
      ...more,
    });
    return made.id;
  }

  /** Waits until a task's line satisfies `wanted`. */
  async until(task, wanted, patience = 20_000) {
    const over = Date.now() + patience;
    for (;;) {
      const { head } = await this.api("GET", `/tasks/${task}`);
      if (wanted(head)) return head;
      if (Date.now() > over) throw new Error(`task ${task} is still ${JSON.stringify(head)}`);
      await new Promise((go) => setTimeout(go, 50));
    }
  }

  read(name) {
    return readFile(join(this.work, name), "utf8");
  }

  copy(from, name) {
    return cp(from, join(this.work, name));
  }

  /** As a crash would: no goodbye. */
  async kill() {
    await end(this.server, "SIGKILL");
  }

  async stop() {
    if (this.server) await end(this.server);
    if (this.model) await end(this.model);
    await rm(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** One answer of the scripted model. */
export const says = (text, more = {}) => ({ turn: { content: [{ type: "text", text }] }, ...more });

/** One answer that calls tools. */
export const calls = (...tools) => ({
  turn: { content: tools.map(([name, input]) => ({ type: "tool_use", name, input })) },
});
