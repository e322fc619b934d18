import { Info } from "lucide-react";
import { memo } from "react";
import type { Item, TaskPage } from "~/api/types";
import { Answered } from "~/ask/Answered";
import { AskCard } from "~/ask/AskCard";
import { type Open, together } from "~/ask/together";
import { Markdown, Note, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { End } from "./End";
import { LONG_ANSWER, LongAnswer } from "./LongAnswer";
import { MessageActions } from "./MessageActions";
import { Outputs } from "./Outputs";

export interface ItemViewProps {
  item: Item;
  page: TaskPage;
  /** Whether nothing but notices comes after it. */
  latest: boolean;
}

/** The sub-agent that asks, if one does. */
const asker = ({ rail }: TaskPage, id: string) => rail.waiting.find((one) => one.id === id)?.agent;

/** Which of the open questions it is: one that is answered makes those below it slide up. */
const placeOf = ({ rail }: TaskPage, { body }: Item) =>
  body.type === "question" ? rail.waiting.findIndex((one) => one.id === body.asked.id) : 0;

/** The other questions that come on its card; absent when it comes on the card of an earlier one. */
function othersOf({ rail }: TaskPage, { body }: Item): Open[] | undefined {
  if (body.type !== "question") return [];
  const one = rail.waiting.find(({ id }) => id === body.asked.id);
  if (!one) return [];
  const card = together(one, rail.waiting);
  return card.length > 0 ? card.filter(({ id }) => id !== one.id) : undefined;
}

/** One thing that was said or happened. */
export const ItemView = memo(
  function ItemView({ item, page, latest }: ItemViewProps) {
    const { t } = useTranslation();
    const { body } = item;
    switch (body.type) {
      case "person":
        return (
          <article aria-label={t("task.you")} className="group flex flex-col items-end">
            <div className="max-w-[85%] rounded-xl rounded-br-sm bg-hover px-4 py-2.5 whitespace-pre-wrap [overflow-wrap:anywhere]">
              <Untrusted text={body.text} prose />
            </div>
            <MessageActions item={item} text={body.text} page={page} />
          </article>
        );
      case "answer":
        return (
          <article aria-label={t("task.answer")} className="group">
            {body.text.length > LONG_ANSWER ? <LongAnswer text={body.text} /> : <Markdown text={body.text} />}
            <MessageActions item={item} text={body.text} page={page} />
          </article>
        );
      case "question": {
        if (body.asked.answer) return <Answered asked={body.asked} />;
        const others = othersOf(page, item);
        return others ? (
          <AskCard
            id={body.asked.id}
            task={page.head.id}
            ask={body.asked.ask}
            agent={asker(page, body.asked.id)}
            place={placeOf(page, item)}
            others={others}
          />
        ) : null;
      }
      case "outputs":
        return <Outputs files={body.files} />;
      case "notice":
        // What is only good to know does not raise its voice.
        if (body.level === "info") {
          return (
            <p className="flex items-start gap-2 text-sm text-ink-3">
              <Info className="mt-0.5 size-4 shrink-0" aria-hidden />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                <Untrusted text={body.text} lines /> {body.hint && <Untrusted text={body.hint} lines />}
              </span>
            </p>
          );
        }
        return (
          <Note level={body.level} title={<Untrusted text={body.text} lines />}>
            {body.hint ? <Untrusted text={body.hint} lines /> : undefined}
          </Note>
        );
      case "end":
        return <End item={item} body={body} page={page} latest={latest} />;
      case "thinking":
      case "tool":
        // Folded into groups of steps.
        return null;
    }
  },
  // The page changes with every event; only the end of a task and an open question show anything of it.
  (before, after) =>
    before.item === after.item &&
    before.latest === after.latest &&
    before.page.head.model === after.page.head.model &&
    placeOf(before.page, before.item) === placeOf(after.page, after.item) &&
    othersOf(before.page, before.item)?.length === othersOf(after.page, after.item)?.length &&
    (after.item.body.type !== "end" || before.page === after.page),
);
