// The grammar for each language the server names; loaded when a text in it is shown.
import { type LanguageSupport, StreamLanguage } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

const stream = async (load: Promise<Parameters<typeof StreamLanguage.define>[0]>): Promise<Extension> =>
  StreamLanguage.define(await load);

const GRAMMARS: Record<string, () => Promise<LanguageSupport | Extension>> = {
  cpp: async () => (await import("@codemirror/lang-cpp")).cpp(),
  css: async () => (await import("@codemirror/lang-css")).css(),
  go: async () => (await import("@codemirror/lang-go")).go(),
  html: async () => (await import("@codemirror/lang-html")).html(),
  java: async () => (await import("@codemirror/lang-java")).java(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true }),
  json: async () => (await import("@codemirror/lang-json")).json(),
  markdown: async () => (await import("@codemirror/lang-markdown")).markdown(),
  python: async () => (await import("@codemirror/lang-python")).python(),
  r: () => stream(import("@codemirror/legacy-modes/mode/r").then(({ r }) => r)),
  rust: async () => (await import("@codemirror/lang-rust")).rust(),
  shell: () => stream(import("@codemirror/legacy-modes/mode/shell").then(({ shell }) => shell)),
  sql: async () => (await import("@codemirror/lang-sql")).sql(),
  toml: () => stream(import("@codemirror/legacy-modes/mode/toml").then(({ toml }) => toml)),
  typescript: async () =>
    (await import("@codemirror/lang-javascript")).javascript({ jsx: true, typescript: true }),
  xml: async () => (await import("@codemirror/lang-xml")).xml(),
  yaml: async () => (await import("@codemirror/lang-yaml")).yaml(),
};

/** The grammar of a language; nothing for plain text. */
export async function grammarOf(language: string): Promise<Extension> {
  return (await GRAMMARS[language]?.()) ?? [];
}
