// What the address proposes for a new task: a folder, when a file was opened with Deskhand, or a text, when a link of
// the system wrote one. Anybody can make a link, so the two are never taken together, nothing starts by itself, and
// what the person was preparing is not touched.

import { mention } from "../composer/complete";
import type { Draft } from "./draft";
import { isOutside, lastPart } from "./draft";

export type Proposal = { kind: "text"; text: string } | { kind: "folder"; folder: string; file?: string };

/** What is longer was not written for a person to read before starting it. */
const LONGEST = 4000;

/** The proposal in an address's query, if there is one. */
export function proposalIn(query: URLSearchParams): Proposal | undefined {
  const text = query.get("prompt")?.trim().slice(0, LONGEST);
  if (text) return { kind: "text", text };
  const folder = query.get("folder");
  if (!folder) return undefined;
  const file = query.get("file");
  return file ? { kind: "folder", folder, file } : { kind: "folder", folder };
}

/** Whether the person has begun to prepare something. */
export const hasBegun = ({ text, folders }: Draft) => text.trim() !== "" || folders.length > 0;

/** What the proposal changes in what is prepared; nothing when a person must decide first. */
export function changesFor(proposal: Proposal, now: Draft, personal: string): Partial<Draft> | undefined {
  if (proposal.kind === "text") return hasBegun(now) ? undefined : { text: proposal.text };
  const { folder, file } = proposal;
  // A folder outside the personal one is confirmed where folders are chosen.
  if (isOutside(folder, personal)) return undefined;
  const named =
    file !== undefined && now.text.trim() === "" ? `@${mention(`${lastPart(folder)}/${file}`)} ` : now.text;
  if (now.folders.some(({ path }) => path === folder)) return { text: named };
  return { text: named, folders: [...now.folders, { path: folder, mode: "rw-no-delete" }] };
}
