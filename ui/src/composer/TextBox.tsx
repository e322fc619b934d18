import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { Starter } from "~/api/types";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";
import { matching, mention, replaced, type Trigger, triggerAt } from "./complete";
import { type Suggestion, Suggestions } from "./Suggestions";
import { notePasted } from "./voice";

export interface TextBoxHandle {
  focus: () => void;
}

export interface TextBoxProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  /** Enter; `alternative` with Ctrl or Cmd held. */
  onSubmit: (alternative: boolean) => void;
  starters: readonly Starter[];
  onStarter: (starter: Starter) => void;
  /** Folders in which `@` looks for files, by their place on this computer. */
  folders: readonly string[];
  /** Files or folders were pasted; absent = they cannot be given here. */
  onFiles?: (data: DataTransfer) => void;
  autoFocus?: boolean;
  tall?: boolean;
  ref?: Ref<TextBoxHandle>;
}

/** Where a person writes: Enter sends, Shift-Enter begins a line, `/` opens commands and `@` names files. */
export function TextBox(props: TextBoxProps) {
  const { value, onChange, onSubmit, starters, folders } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const [trigger, setTrigger] = useState<Trigger>();
  const [chosen, setChosen] = useState(0);
  const [closedAt, setClosedAt] = useState<number>();
  useImperativeHandle(props.ref, () => ({ focus: () => box.current?.focus() }), []);

  const open = trigger !== undefined && trigger.from !== closedAt;
  const files = useFiles(open && trigger.kind === "file" ? trigger.query : undefined, folders);
  const commands = useCommands(open && trigger.kind === "command");
  const offered = useOffered(open && trigger.kind !== "command" ? trigger : undefined);
  const suggestions: Suggestion[] = !open
    ? []
    : trigger.kind === "command"
      ? [
          ...matching(starters, trigger.query).map((one) => ({
            key: one.id,
            name: `/${one.id}`,
            detail: one.title,
          })),
          ...matching(commands, trigger.query).map((one) => ({
            key: `/${one.id}`,
            name: `/${one.id}${one.arguments ? ` ${one.arguments}` : ""}`,
            detail: one.title,
          })),
        ]
      : [...files.map((path) => ({ key: path, name: path })), ...offered];
  const at = Math.min(chosen, Math.max(0, suggestions.length - 1));

  // Where the caret goes once React has written the new text.
  const caret = useRef<number>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the text was written
  useEffect(() => {
    if (caret.current === undefined) return;
    box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [value]);

  const look = (text: string, position: number) => {
    const next = triggerAt(text, position);
    setTrigger(next);
    setChosen(0);
    if (next?.from !== closedAt) setClosedAt(undefined);
  };

  const take = (suggestion: Suggestion | undefined) => {
    if (!trigger || !suggestion) return;
    setTrigger(undefined);
    const starter =
      trigger.kind === "command" ? starters.find((one) => one.id === suggestion.key) : undefined;
    // A command is sent as it was typed: what it says is put in where the task runs.
    const insert = starter?.prompt ?? (trigger.kind === "file" ? mention(suggestion.key) : suggestion.key);
    const next = replaced(value, trigger, insert);
    caret.current = next.caret;
    onChange(next.text);
    // The name of a connector alone: its resources come next.
    if (insert.endsWith(":")) look(next.text, next.caret);
    if (starter) props.onStarter(starter);
    box.current?.focus();
  };

  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing) return;
    if (suggestions.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) {
        event.preventDefault();
        setChosen((at + step + suggestions.length) % suggestions.length);
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && trigger?.kind !== "argument")) {
        event.preventDefault();
        take(suggestions[at]);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setClosedAt(trigger?.from);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      onSubmit(event.ctrlKey || event.metaKey);
    }
  };

  return (
    <div className="relative">
      <textarea
        ref={box}
        value={value}
        rows={props.tall ? 3 : 1}
        // biome-ignore lint/a11y/noAutofocus: the view has one thing to do, and it is this
        autoFocus={props.autoFocus}
        aria-label={props.label}
        aria-autocomplete="list"
        aria-controls={suggestions.length > 0 ? id : undefined}
        aria-activedescendant={suggestions.length > 0 ? `${id}-${at}` : undefined}
        placeholder={props.placeholder}
        onChange={(event) => {
          onChange(event.target.value);
          look(event.target.value, event.target.selectionStart);
        }}
        onSelect={(event) => {
          const { selectionStart, selectionEnd } = event.currentTarget;
          if (selectionStart !== selectionEnd) setTrigger(undefined);
        }}
        onBlur={() => setTrigger(undefined)}
        onKeyDown={press}
        onDrop={(event) => notePasted(event.dataTransfer.getData("text/plain"))}
        onPaste={(event) => {
          notePasted(event.clipboardData.getData("text/plain"));
          if (event.clipboardData.files.length === 0 || !props.onFiles) return;
          event.preventDefault();
          props.onFiles(event.clipboardData);
        }}
        className={cx(
          "field-sizing-content max-h-72 w-full resize-none bg-transparent px-4 pt-3 text-base outline-none",
          props.tall ? "min-h-24" : "min-h-12 pb-2",
        )}
      />
      <Suggestions id={id} list={suggestions} at={at} onTake={take} below={props.tall} />
      <div role="status" className="sr-only">
        {suggestions.length > 0 && t("home.suggestions", { count: suggestions.length })}
      </div>
    </div>
  );
}

function useCommands(wanted: boolean) {
  const known = useQuery({ queryKey: keys.settings("commands"), queryFn: api.commands, enabled: wanted });
  return wanted
    ? (known.data ?? []).map(({ name, full, about, ...one }) => ({
        ...one,
        id: name,
        // Found by its plugin's name, too, which also says whose it is.
        title: full === name ? about : `${full} · ${about}`,
      }))
    : [];
}

function useFiles(query: string | undefined, folders: readonly string[]): readonly string[] {
  const wanted = query !== undefined && folders.length > 0;
  const found = useQuery({
    queryKey: ["files", folders, query],
    queryFn: ({ signal }) => api.findFiles([...folders], query ?? "", signal),
    enabled: wanted,
    placeholderData: keepPreviousData,
  });
  return wanted ? (found.data ?? []) : [];
}

/** What connectors propose: resources behind `@`, arguments of their prompts behind `/mcp__…`. */
function useOffered(trigger: Trigger | undefined): readonly Suggestion[] {
  const query = trigger?.query;
  const sign = trigger?.kind === "file" ? "@" : "";
  const wanted = query !== undefined && query.length > 0;
  const found = useQuery({
    queryKey: ["offered", query],
    queryFn: ({ signal }) => api.completions(query ?? "", signal),
    enabled: wanted,
    placeholderData: keepPreviousData,
  });
  return wanted
    ? (found.data ?? []).map(({ insert, name, about }) => ({
        key: `${sign}${insert}`,
        name,
        ...(about !== "" && { detail: about }),
      }))
    : [];
}
