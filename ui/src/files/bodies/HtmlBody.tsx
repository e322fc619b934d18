import { rawUrl } from "~/api/endpoints";
import { useTranslation } from "~/messages";
import { askedFor, useViewing } from "../context";
import { Tabs } from "./Tabs";
import { TextBody } from "./TextBody";

/** A page that others wrote: in a frame that runs nothing, loads nothing and belongs to nobody; and its source. */
export function HtmlBody({ name, text, cut }: { name: string; text: string; cut: boolean }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  return (
    <Tabs
      label={t("files.views")}
      tabs={[
        {
          id: "page",
          title: t("files.view.page"),
          view: (
            <>
              <p className="shrink-0 bg-sunken px-4 py-1.5 text-xs text-ink-2">{t("files.html.inert")}</p>
              <iframe
                sandbox=""
                title={t("files.html.frame", { name })}
                src={rawUrl(viewing.task, askedFor(viewing))}
                referrerPolicy="no-referrer"
                // Pages are written for a white ground.
                className="min-h-0 w-full flex-1 bg-[#fff] scheme-light"
              />
            </>
          ),
        },
        {
          id: "source",
          title: t("files.view.source"),
          view: <TextBody text={text} language="html" cut={cut} />,
        },
      ]}
    />
  );
}
