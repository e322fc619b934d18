// In a language that is none, no page shows a sentence that does not come from the catalogue.
import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { keys, newQueryClient } from "~/api/queries";
import type * as t from "~/api/types";
import { Inbox } from "~/ask/Inbox";
import { dateAndTime } from "~/format/numbers";
import { Home } from "~/home/Home";
import Settings from "~/settings";
import { Archive } from "~/shell/Archive";
import { SignedOut } from "~/shell/SignedOut";
import { i18next } from "./index";
import "./later/settings";

/** Words as the server gives them: no translation of the interface reaches them. */
const data = (text: string) => `«${text}»`;

type Words = { [key: string]: string | Words };
/** The same sentences, each in marks. What is put in stays where it was. */
const marked = (words: Words): Words =>
  Object.fromEntries(
    Object.entries(words).map(([key, value]) => [
      key,
      typeof value === "string"
        ? `⟦${value.replace(/[A-Za-z]+(?![^{]*}})/g, (word) => `${word}é`)}⟧`
        : marked(value),
    ]),
  );

beforeAll(async () => {
  // Everything a view asks for is there already.
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const english = i18next.getResourceBundle(i18next.language, "translation") as Words;
  i18next.addResourceBundle("en-XA", "translation", marked(english));
  await i18next.changeLanguage("en-XA");
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await i18next.changeLanguage("en");
});

const state: t.AppState = {
  version: data("1"),
  platform: data("linux"),
  personal_folder: data("/home/ana"),
  first_run: true,
  models: [],
  starters: [],
  standing_folders: [],
  sandbox: { ready: false, tier: "vm", detail: data("no image") },
  can_open_files: true,
  budget: {},
};
const provider = (key: t.Provider["key"]): t.Provider => ({
  id: key,
  kind: "openai",
  title: data(key),
  base_url: data("http://127.0.0.1"),
  model: data("m"),
  key,
  ready: key !== "missing",
  default: key === "usual",
});
const request = (allowed: boolean, task: string): t.NetworkEntry => ({
  task,
  at: 0,
  method: data("GET"),
  url: data("https://example.org"),
  allowed,
  reason: data("a rule"),
  sent: 1,
  received: 2,
});
const settings: Record<string, unknown> = {
  models: (["usual", "missing", "environment", "keychain", "helper", "not_needed"] as const).map(provider),
  "local-model": { program: true, ready: true, bytes: 3 } satisfies t.LocalModelPage,
  instructions: { global: "", files: [{ file: data("/a"), hash: "h", trusted: false, text: data("x") }] },
  folders: [
    { name: data("a"), path: data("/a"), mode: "rw-no-delete", outside_home: true },
  ] satisfies t.StandingFolder[],
  sandbox: {
    ready: false,
    parts: [{ name: data("image"), ok: false, detail: data("none"), hint: data("build it") }],
    can_build: true,
    speed: data("fast"),
    disk: data("1 MB"),
  } satisfies t.SandboxPage,
  memory: {
    kept: [
      {
        id: "a",
        text: data("Reports are in English"),
        source: data("you"),
        others: false,
        since: 1,
        over: false,
      },
      {
        id: "c",
        text: data("Old"),
        source: data("you"),
        others: false,
        since: 1,
        until: data("2026-01-01"),
        over: true,
      },
    ],
    proposed: [
      {
        id: "b",
        text: data("Use vendor X"),
        source: data("x.example"),
        others: true,
        task: data("task"),
        since: 1,
        lapses: 2,
        over: false,
      },
    ],
  } satisfies t.MemoryPage,
  network: [request(true, "connectors"), request(false, data("task"))],
  usage: [
    {
      model: data("m"),
      tasks: 1,
      turns: 2,
      input_tokens: 3,
      output_tokens: 4,
      cost_usd: 5,
      asked: 6,
      cards: 7,
      denied: 8,
    },
  ] satisfies t.UsageLine[],
  budget: { max_usd: 2 } satisfies t.Budget,
  storage: {
    place: data("/home/ana/.deskhand"),
    log_bytes: 1,
    kept_bytes: 2,
    kept: 3,
    keep_days: 4,
    max_bytes: 5,
    cache: (["image", "templates", "local_model", "other"] as const).map((part) => ({ part, bytes: 6 })),
  } satisfies t.Storage,
  checks: [
    { name: data("disk"), ok: false, needed: true, detail: data("full") },
    { name: data("git"), ok: false, needed: false, detail: data("none") },
  ] satisfies t.Check[],
  policy: { own: "", managed: [], rules: [] } satisfies t.Policy,
  connectors: [],
  directory: [],
  plugins: [],
  marketplaces: [],
  skills: [],
  starters: [],
};

/** What a person reads and hears of a view. */
function read(view: ReactElement, path: string): string[] {
  const client = newQueryClient();
  client.setQueryData(keys.state, state);
  client.setQueryData(keys.tasks, []);
  client.setQueryData(keys.inbox, []);
  for (const [part, value] of Object.entries(settings)) client.setQueryData(keys.settings(part), value);
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  flushSync(() =>
    root.render(
      <QueryClientProvider client={client}>
        <Router hook={memoryLocation({ path }).hook}>{view}</Router>
      </QueryClientProvider>,
    ),
  );
  const texts: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement?.closest("textarea, style")) {
      texts.push(walker.currentNode.textContent ?? "");
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      texts.push(element.getAttribute(name) ?? "");
    }
  }
  root.unmount();
  document.body.replaceChildren();
  return texts.filter((text) => text.trim() !== "");
}

/** What is left of a text without the catalogue's sentences and the server's words. */
const foreign = (text: string) =>
  text
    .replaceAll(dateAndTime(0), "")
    .replace(/⟦[^⟧]*⟧|«[^»]*»/g, "")
    .match(/\p{L}{3,}/u)?.input;

const PARTS =
  "folders models instructions connectors plugins skills policy sandbox network usage storage checks about";
const views: [string, ReactElement][] = [
  ["/", <Home key="home" />],
  ["/inbox", <Inbox key="inbox" />],
  ["/archive", <Archive key="archive" />],
  ["/signed-out", <SignedOut key="signed-out" />],
  ...PARTS.split(" ").map((part): [string, ReactElement] => [
    `/settings/${part}`,
    <Settings key={part} part={part} />,
  ]),
];

test.each(views)("%s speaks the language of the interface", (path, view) => {
  const texts = read(view, path);
  expect(texts.filter((text) => text.includes("⟦")).length).toBeGreaterThan(2);
  expect(texts.map(foreign).filter((text) => text !== undefined)).toEqual([]);
});
