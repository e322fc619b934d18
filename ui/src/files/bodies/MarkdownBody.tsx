import { useRef } from "react";
import { Markdown, Scrollable } from "~/kit";
import { useTranslation } from "~/messages";
import { useSelected } from "../ask/useSelected";
import { Cut } from "./Cut";
import { Tabs } from "./Tabs";
import { TextBody } from "./TextBody";

/** Markdown as it reads, and its source. */
export function MarkdownBody({ text, cut }: { text: string; cut: boolean }) {
  const { t } = useTranslation();
  return (
    <Tabs
      label={t("files.views")}
      tabs={[
        { id: "page", title: t("files.view.page"), view: <Reading text={text} cut={cut} /> },
        {
          id: "source",
          title: t("files.view.source"),
          view: <TextBody text={text} language="markdown" cut={cut} />,
        },
      ]}
    />
  );
}

/** Text in the measure of a page. */
export function Reading({ text, cut }: { text: string; cut: boolean }) {
  const { t } = useTranslation();
  const inside = useRef<HTMLElement>(null);
  useSelected(inside);
  return (
    <Scrollable
      label={t("files.content")}
      ref={inside}
      className="min-h-0 flex-1 focus-visible:-outline-offset-2 overflow-y-auto"
    >
      <div className="mx-auto max-w-[46rem] px-5 py-6 sm:px-8">
        <Markdown text={text} />
      </div>
      <Cut cut={cut} />
    </Scrollable>
  );
}
