import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { grammarOf } from "./languages";
import { rootOf, shownOnly } from "./setup";

export interface CodeProps {
  text: string;
  language: string;
  /** Its name for screen readers. */
  label: string;
  /** What is selected, with its first and last line; empty when nothing is. */
  onChoose?: (text: string, from: number, to: number) => void;
}

/** A text that is read, not changed: numbered lines, colours, search with Control-F. */
export default function Code({ text, language, label, onChoose }: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const told = useRef(onChoose);
  useEffect(() => {
    told.current = onChoose;
  }, [onChoose]);

  useEffect(() => {
    if (!host.current) return;
    const root = rootOf(host.current);
    const grammar = new Compartment();
    const view = new EditorView({
      doc: text,
      root,
      parent: root,
      extensions: [
        shownOnly(label),
        grammar.of([]),
        EditorView.updateListener.of((update) => {
          if (!update.selectionSet) return;
          const { from, to } = update.state.selection.main;
          const { doc } = update.state;
          told.current?.(doc.sliceString(from, to), doc.lineAt(from).number, doc.lineAt(to).number);
        }),
      ],
    });
    let gone = false;
    void grammarOf(language).then((extension) => {
      if (!gone) view.dispatch({ effects: grammar.reconfigure(extension) });
    });
    return () => {
      gone = true;
      view.destroy();
    };
  }, [text, language, label]);

  return <div ref={host} className="min-h-0 flex-1 overflow-hidden" />;
}
