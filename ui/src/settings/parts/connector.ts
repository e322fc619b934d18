// The form of a connector to be added, without React.
import type { AddConnector } from "~/api/types";

export interface ConnectorForm {
  name: string;
  kind: "address" | "program";
  url: string;
  /** One line, as in a terminal. */
  command: string;
  /** One a line. */
  folders: string;
  network: boolean;
}

export const emptyConnector: ConnectorForm = {
  name: "",
  kind: "address",
  url: "",
  command: "",
  folders: "",
  network: false,
};

export type Wrong = Partial<Record<"name" | "url" | "command", "empty" | "badName" | "taken" | "badAddress">>;

/** What is wrong with it; nothing when it can be sent. */
export function wrongWith(form: ConnectorForm, taken: readonly string[]): Wrong {
  const wrong: Wrong = {};
  const name = form.name.trim();
  if (name === "") wrong.name = "empty";
  else if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) wrong.name = "badName";
  else if (taken.includes(name)) wrong.name = "taken";
  if (form.kind === "address") {
    if (form.url.trim() === "") wrong.url = "empty";
    else if (!/^https?:\/\/\S+$/.test(form.url.trim())) wrong.url = "badAddress";
  } else if (wordsOf(form.command).length === 0) {
    wrong.command = "empty";
  }
  return wrong;
}

/** The words of a command line: quotes group, a backslash takes the next character as it is (not in single quotes). */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? "";
    if (sign === "\\" && quote !== "'" && at + 1 < line.length) {
      word = (word ?? "") + line[++at];
    } else if (quote !== "") {
      if (sign === quote) quote = "";
      else word = (word ?? "") + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= "";
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + sign;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** What is sent. */
export function payloadOf(form: ConnectorForm): AddConnector {
  const program = form.kind === "program";
  return {
    name: form.name.trim(),
    url: program ? "" : form.url.trim(),
    command: program ? wordsOf(form.command) : [],
    folders: program
      ? form.folders
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== "")
      : [],
    network: program && form.network,
  };
}
