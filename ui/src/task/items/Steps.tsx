import { ChevronRight, CircleAlert, CirclePause, LoaderCircle, ShieldX } from "lucide-react";
import { memo, useState } from "react";
import type { Item } from "~/api/types";
import { cx, Markdown, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { groupWords } from "../model/words";
import { Step } from "./Step";

/** What was done between two things that were said: one line, which opens to the single steps. */
export const Steps = memo(function Steps({ items }: { items: readonly Item[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const words = groupWords(items, t);
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-center gap-2 rounded-md py-0.5 pr-2 text-left text-sm text-ink-2 hover:text-ink [&_svg]:size-4 [&_svg]:shrink-0"
      >
        {words.running ? (
          <LoaderCircle className="animate-turn text-accent" aria-hidden />
        ) : words.waiting ? (
          <CirclePause className="text-warn" aria-hidden />
        ) : (
          <ChevronRight className={cx("transition-transform", open && "rotate-90")} aria-hidden />
        )}
        <span className="min-w-0 truncate">
          <Untrusted text={words.text} />
        </span>
        {words.failed > 0 && (
          <span className="flex shrink-0 items-center gap-1 text-xs text-ink-3 [&_svg]:size-3.5">
            <CircleAlert className="text-bad" aria-hidden />
            {t("task.step.failed", { count: words.failed })}
          </span>
        )}
        {words.refused > 0 && (
          <span className="flex shrink-0 items-center gap-1 text-xs text-ink-3 [&_svg]:size-3.5">
            <ShieldX className="text-bad" aria-hidden />
            {t("task.step.refused", { count: words.refused })}
          </span>
        )}
      </button>
      {open && (
        <ol className="mt-1 ml-2 flex flex-col border-l pl-3">
          {items.map((item) => (
            <li key={item.key}>
              {item.body.type === "tool" ? (
                <Step tool={item.body} changed={item.changed} />
              ) : (
                item.body.type === "thinking" && (
                  <div className="py-1 text-sm text-ink-3">
                    <Markdown text={item.body.text} />
                  </div>
                )
              )}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
});
