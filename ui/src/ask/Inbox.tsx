import { Inbox as InboxIcon } from "lucide-react";
import { Link } from "wouter";
import { useInbox } from "~/api/queries";
import { Empty, Loading, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Page } from "~/shell/Page";
import { AskCard } from "./AskCard";
import { together } from "./together";

/** The open questions of all tasks, the oldest first. */
export function Inbox() {
  const { t } = useTranslation();
  const inbox = useInbox();
  const open = inbox.data ?? [];
  const cards = open.flatMap((entry) => {
    const [first, ...others] = together(
      entry,
      open.filter(({ task }) => task === entry.task),
    );
    return first ? [[first, ...others] as const] : [];
  });
  return (
    <Page title={t("ask.inbox.title")} about={t("ask.inbox.about")}>
      {inbox.isPending && <Loading />}
      {inbox.isError && <ProblemNote error={inbox.error} />}
      {inbox.data?.length === 0 && (
        <Empty icon={<InboxIcon aria-hidden />} title={t("ask.inbox.empty")}>
          {t("ask.inbox.emptyAbout")}
        </Empty>
      )}
      <ul className="flex flex-col gap-4">
        {cards.map(([entry, ...others], index) => (
          <li key={entry.id}>
            <AskCard
              id={entry.id}
              task={entry.task}
              ask={entry.ask}
              agent={entry.agent}
              place={index}
              others={others}
              from={
                <Link href={`/tasks/${entry.task}`} className="underline underline-offset-2 hover:text-ink">
                  <Untrusted text={entry.title} />
                </Link>
              }
            />
          </li>
        ))}
      </ul>
    </Page>
  );
}
