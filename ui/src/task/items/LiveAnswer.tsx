import { LoaderCircle } from "lucide-react";
import { useMemo } from "react";
import type { TaskHead } from "~/api/types";
import { Markdown, Untrusted } from "~/kit";
import { useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import { blocksOf } from "../model/blocks";
import { progressWords } from "../model/progress";
import { useGradually } from "./gradually";

/** Blocks drawn at once: more of them, as when much comes together, would keep the page from hearing a click. */
const AT_ONCE = 60;

/** The answer as it is written, and what happens meanwhile. */
export function LiveAnswer({ head }: { head: TaskHead }) {
  const { t } = useTranslation();
  const now = useStore(useTaskContext().live);
  // Blocks that are finished are drawn once, however long the answer gets.
  const blocks = useMemo(() => blocksOf(now.text), [now.text]);
  const shown = useGradually(blocks.length, AT_ONCE);
  const doing = now.tool
    ? t("task.preparing")
    : now.text !== ""
      ? t("task.writing")
      : now.thinking !== ""
        ? t("task.thinking")
        : (head.doing ?? t("task.starting"));
  return (
    <div>
      {blocks.slice(0, shown).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
        <div key={index} className="mb-3">
          <Markdown text={block} />
        </div>
      ))}
      <p className="flex items-center gap-2 text-sm text-ink-3">
        <LoaderCircle className="size-4 animate-turn text-accent" aria-hidden />
        {doing}
        {now.progress && (
          <span className="text-xs [overflow-wrap:anywhere]">
            <Untrusted text={progressWords(now.progress, t)} />
          </span>
        )}
      </p>
    </div>
  );
}
