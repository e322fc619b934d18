import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { TaskPage } from "~/api/types";
import { Button, cx } from "~/kit";
import { useTranslation } from "~/messages";
import { useTaskContext } from "./context";
import { ItemView } from "./items/ItemView";
import { LiveAnswer } from "./items/LiveAnswer";
import { Steps } from "./items/Steps";
import { SubAgent } from "./items/SubAgent";
import { type Row, rowAt, rowsOf } from "./model/rows";
import { useStickToEnd } from "./stick";

export interface ConversationProps {
  page: TaskPage;
  /** An event to be shown, from a search. */
  at?: number;
  onArrived: () => void;
}

/** What was said and done. Only the rows in sight are in the document; it stays at the end unless the person scrolled. */
export function Conversation({ page, at, onArrived }: ConversationProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const last = useRef<Row[]>([]);
  const working = page.head.status === "working";
  const rows = useMemo(() => {
    last.current = rowsOf(page.items, last.current);
    return working
      ? [...last.current, { kind: "live", key: "live", seq: Number.MAX_SAFE_INTEGER } as const]
      : last.current;
  }, [page.items, working]);
  const [marked, setMarked] = useState<string>();

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ESTIMATES[rows[index]?.kind ?? "item"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 6,
    paddingStart: 24,
    paddingEnd: 32,
  });
  const { stuck, onScroll, stick, release } = useStickToEnd(scroller, inner);
  const { said } = useTaskContext();
  useEffect(() => said.subscribe(stick), [said, stick]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the task is opened
  useLayoutEffect(() => {
    if (at === undefined) virtual.scrollToEnd();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another event is asked for
  useEffect(() => {
    if (at === undefined) return;
    const index = rowAt(rows, at);
    release();
    virtual.scrollToIndex(index, { align: "center" });
    setMarked(rows[index]?.key);
    onArrived();
  }, [at]);

  const end = lastEnd(rows);
  const question = page.rail.waiting.length > 0 ? openQuestion(rows) : -1;
  const jump = () => (question >= 0 ? virtual.scrollToIndex(question, { align: "start" }) : stick());

  const total = virtual.getTotalSize();
  const items = virtual.getVirtualItems();
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={t("task.conversation")}
        aria-live="off"
        aria-busy={working}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div ref={inner} className="relative w-full" style={{ height: total }}>
          <div
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}
          >
            {items.map(({ key, index }) => {
              const row = rows[index];
              return (
                row && (
                  <div key={key} data-index={index} ref={virtual.measureElement} className="px-4 sm:px-6">
                    <div
                      className={cx(
                        "mx-auto max-w-2xl pb-5",
                        marked === row.key && "rounded-lg outline-2 outline-offset-4 outline-accent/50",
                      )}
                    >
                      <RowView row={row} page={page} latest={index >= end} />
                    </div>
                  </div>
                )
              );
            })}
          </div>
        </div>
      </div>
      {!stuck && (
        <Button
          size="sm"
          icon={<ArrowDown aria-hidden />}
          onClick={jump}
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-raised"
        >
          {t(question >= 0 ? "task.jumpQuestion" : "task.jump")}
        </Button>
      )}
    </div>
  );
}

/** Where the task's end stands, if nothing but notices came after it. */
function lastEnd(rows: readonly Row[]): number {
  const at = rows.findLastIndex((row) => row.kind !== "item" || row.item.body.type !== "notice");
  return at < 0 ? rows.length : at;
}

/** The first open question, if there is one. */
const openQuestion = (rows: readonly Row[]) =>
  rows.findIndex(
    (row) => row.kind === "item" && row.item.body.type === "question" && !row.item.body.asked.answer,
  );

const ESTIMATES: Record<Row["kind"], number> = { steps: 48, agent: 48, item: 120, live: 60 };

function RowView({ row, page, latest }: { row: Row; page: TaskPage; latest: boolean }) {
  switch (row.kind) {
    case "steps":
      return <Steps items={row.items} />;
    case "agent":
      return <SubAgent call={row.call} items={row.items} page={page} />;
    case "item":
      return <ItemView item={row.item} page={page} latest={latest} />;
    case "live":
      return <LiveAnswer head={page.head} />;
  }
}
