import { Bot, ChevronRight, CircleAlert, LoaderCircle } from "lucide-react";
import { useMemo, useState } from "react";
import type { Item, TaskPage } from "~/api/types";
import { cx, Markdown, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { rowsOf, type Tool } from "../model/rows";
import { groupWords, stepWords } from "../model/words";
import { ItemView } from "./ItemView";
import { Steps } from "./Steps";

export interface SubAgentProps {
  /** The step that started it. */
  call: Tool;
  /** What it said and did. */
  items: readonly Item[];
  page: TaskPage;
}

/** A sub-agent: its name and what it is for, which opens to its own steps and its report. */
export function SubAgent({ call, items, page }: SubAgentProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const rows = useMemo(() => rowsOf(items, [], items[0]?.within ?? undefined), [items]);
  const words = groupWords(items, t);
  const works = call.state === "running";
  const bad = call.state === "failed" || call.state === "refused";
  const doing = works && words.running ? words.text : undefined;
  return (
    <section aria-label={stepWords(call, t)} className="rounded-lg border">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2 rounded-lg px-3 py-2 text-left text-sm hover:bg-hover [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0"
      >
        {works ? (
          <LoaderCircle className="animate-turn text-accent" aria-hidden />
        ) : bad ? (
          <CircleAlert className="text-bad" aria-hidden />
        ) : (
          <Bot className="text-ink-3" aria-hidden />
        )}
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <Untrusted text={stepWords(call, t)} />
          {(doing ?? call.summary) !== "" && (
            <span className="block text-xs text-ink-3">
              <Untrusted text={doing ?? call.summary} lines />
            </span>
          )}
        </span>
        {(works || bad) && <span className="text-xs text-ink-3">{t(`task.step.state.${call.state}`)}</span>}
        <ChevronRight className={cx("text-ink-3 transition-transform", open && "rotate-90")} aria-hidden />
      </button>
      {open && (
        <div className="flex flex-col gap-3 border-t px-4 py-3 text-sm">
          {rows.map((row) =>
            row.kind === "steps" ? (
              <Steps key={row.key} items={row.items} />
            ) : (
              row.kind === "item" &&
              (row.item.body.type === "answer" ? (
                <Markdown key={row.key} text={row.item.body.text} />
              ) : (
                <ItemView key={row.key} item={row.item} page={page} latest={false} />
              ))
            ),
          )}
          {rows.length === 0 && <p className="text-ink-3">{t("task.agent.nothing")}</p>}
        </div>
      )}
    </section>
  );
}
