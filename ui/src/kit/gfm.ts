// Tables, lists of tasks, strikethrough, footnotes and bare addresses in Markdown.
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm as syntax } from "micromark-extension-gfm";

interface Reading {
  micromarkExtensions?: unknown[];
  fromMarkdownExtensions?: unknown[];
}

/** What `remark-gfm` does, without the half that writes Markdown: nothing here does, and it is five kilobytes. */
export function gfm(this: { data(): object }): void {
  const data: Reading = this.data();
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), syntax()];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), gfmFromMarkdown()];
}
