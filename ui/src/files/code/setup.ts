// What every text that is shown and cannot be changed has: numbers, search, selection, a name for screen readers.
import { selectAll } from "@codemirror/commands";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { look } from "./look";

// Characters that show text in another order than it is in, or not at all, beside those CodeMirror points out itself.
const HIDDEN = /[\u115f\u1160\u3164\uffa0\u2800\u{e0000}-\u{e007f}]/gu;

export const shownOnly = (label: string): Extension => [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-readonly": "true" }),
  lineNumbers(),
  highlightSpecialChars({ addSpecialChars: HIDDEN }),
  drawSelection(),
  highlightSelectionMatches(),
  search({ top: true }),
  keymap.of([...searchKeymap, { key: "Mod-a", run: selectAll }]),
  EditorView.lineWrapping,
  look,
];

/**
 * Where CodeMirror lives: a shadow root, where it adopts style sheets. In the page itself it would write a `<style>`
 * element, which the content security policy forbids.
 */
export const rootOf = (host: HTMLElement): ShadowRoot =>
  host.shadowRoot ?? host.attachShadow({ mode: "open" });
