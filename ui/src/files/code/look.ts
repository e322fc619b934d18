// How text and code look: the colours of the interface, which follow light and dark by themselves.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const MONO =
  'ui-monospace, "SFMono-Regular", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace';

const base = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: MONO, lineHeight: "1.25rem", overflow: "auto" },
  ".cm-content": { padding: "0.75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 0.5rem" },
  ".cm-gutters": {
    color: "var(--ink-3)",
    backgroundColor: "var(--surface)",
    border: "none",
    paddingLeft: "0.5rem",
  },
  "&.cm-focused .cm-content": { boxShadow: "none" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "light-dark(#cfe3dc, #2b4d42)",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-panels": {
    color: "var(--ink)",
    backgroundColor: "var(--sunken)",
    fontFamily: '"Inter Variable", ui-sans-serif, system-ui, sans-serif',
  },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-textfield": {
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    padding: "0.2rem 0.4rem",
  },
  ".cm-button": {
    color: "var(--ink)",
    background: "var(--surface)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    padding: "0.2rem 0.6rem",
  },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink-2)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.tagName], color: "var(--accent-ink)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.propertyName], color: "var(--info)" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.attributeName, tags.namespace], color: "var(--warn)" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.variableName)], color: "var(--ink)" },
  { tag: tags.heading, color: "var(--ink)", fontWeight: "600" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent-ink)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

export const look: Extension = [base, syntaxHighlighting(colours)];
