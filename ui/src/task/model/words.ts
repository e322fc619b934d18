// Steps in plain words: "Read 3 spreadsheets, ran a calculation".
import type { TFunction } from "i18next";
import type { Item, Verb } from "~/api/types";
import type { Tool } from "./rows";

const THINGS = ["file", "spreadsheet", "document", "presentation", "picture", "pdf"] as const;
type Thing = (typeof THINGS)[number];

const ENDINGS: Record<string, Thing> = {
  ...ending("spreadsheet", "xlsx xlsm xls ods csv tsv"),
  ...ending("document", "docx doc odt rtf"),
  ...ending("presentation", "pptx ppt odp"),
  ...ending("picture", "png jpg jpeg gif webp svg bmp tif tiff heic"),
  ...ending("pdf", "pdf"),
};

function ending(thing: Thing, list: string): Record<string, Thing> {
  return Object.fromEntries(list.split(" ").map((one) => [one, thing]));
}

/** What a name stands for, by its ending. */
export function thingOf(name: string): Thing {
  const end = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  return (end && ENDINGS[end]) || "file";
}

/** Verbs whose objects are files; the others are only counted. */
const ABOUT_FILES: readonly Verb[] = ["read", "write", "edit", "move", "delete", "convert"];

/** Not worth words beside others: the plan and the outputs have places of their own. */
const QUIET: readonly Verb[] = ["plan", "present", "ask", "folder"];

type Tense = "done" | "doing";

/** One kind of work, on all it was done to. */
export function phrase(tools: readonly Tool[], tense: Tense, t: TFunction): string {
  const first = tools[0];
  if (!first) return "";
  const { verb } = first;
  const sum = tools.reduce((all, tool) => all + Math.max(1, tool.count), 0);
  // One calculation may be on several files.
  const count = verb === "query" ? tools.length : sum;
  if (verb === "other") return t(`task.step.other.${tense}`, { tool: first.tool, count });
  if (verb === "connector")
    return t(`task.step.connector.${tense}`, {
      what: first.object,
      connector: connectorOf(first.tool),
      count,
    });
  if (!ABOUT_FILES.includes(verb)) {
    const only = tools.length === 1 && first.object !== "";
    if (only && verb === "delegate") return t("task.agent.named", { what: first.object });
    if (only && verb === "query") return t(`task.step.query.${tense}One`, { what: whatOf(tools, sum, t) });
    if (only && (verb === "search" || verb === "present" || verb === "run" || verb === "skill"))
      return t(`task.step.${verb}.${tense}One`, { what: first.object });
    return t(`task.step.${verb}.${tense}`, { count });
  }
  return t(`task.step.${verb}.${tense}`, { what: whatOf(tools, count, t) });
}

/** The connector in the name of a tool, which is `mcp__CONNECTOR__TOOL`. */
const connectorOf = (tool: string) => tool.split("__")[1]?.replaceAll("_", " ") ?? tool;

function whatOf(tools: readonly Tool[], count: number, t: TFunction): string {
  const names = [...new Set(tools.map(({ object }) => object).filter((name) => name !== ""))];
  const [name] = names;
  // The same file again and again is still one file.
  if (names.length === 1 && name !== undefined && tools.every((tool) => tool.count <= 1)) return name;
  const things = new Set(names.map(thingOf));
  const [thing] = things;
  return t(`task.things.${things.size === 1 && thing ? thing : "file"}`, { count: Math.max(count, 1) });
}

/** The words of one step. */
export const stepWords = (tool: Tool, t: TFunction): string =>
  phrase([tool], tool.state === "running" || tool.state === "waiting" ? "doing" : "done", t);

export interface GroupWords {
  /** What was done, or what is being done now. */
  text: string;
  running: boolean;
  /** It goes on when the person answered. */
  waiting: boolean;
  failed: number;
  refused: number;
}

/** The words of a group of steps. */
export function groupWords(items: readonly Item[], t: TFunction): GroupWords {
  const tools = items.flatMap(({ body }) => (body.type === "tool" ? [body] : []));
  const now = tools.findLast(({ state }) => state === "running" || state === "waiting");
  const failed = tools.filter(({ state }) => state === "failed").length;
  const refused = tools.filter(({ state }) => state === "refused").length;
  const common = { running: now?.state === "running", waiting: now?.state === "waiting", failed, refused };
  if (now) return { ...common, text: phrase([now], "doing", t) };
  if (tools.length === 0) return { ...common, text: t("task.step.thought") };

  const loud = tools.filter(({ verb }) => !QUIET.includes(verb));
  const kinds = new Map<string, Tool[]>();
  for (const tool of loud.length > 0 ? loud : tools) {
    const kind = tool.verb === "other" || tool.verb === "connector" ? tool.tool : tool.verb;
    const list = kinds.get(kind);
    if (list) list.push(tool);
    else kinds.set(kind, [tool]);
  }
  const phrases = [...kinds.values()].map((list) => phrase(list, "done", t));
  const shown = phrases.slice(0, MOST).map((text, index) => (index === 0 ? text : lowered(text)));
  const more = phrases.length - shown.length;
  if (more > 0) shown.push(t("task.step.more", { count: more }));
  return { ...common, text: shown.join(", ") };
}

const MOST = 3;

/** A phrase that goes on in a sentence. */
const lowered = (text: string) => text.slice(0, 1).toLocaleLowerCase() + text.slice(1);
