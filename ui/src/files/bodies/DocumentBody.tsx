import { lazy, Suspense } from "react";
import { Loading } from "~/kit";
import { useTranslation } from "~/messages";
import { Reading } from "./MarkdownBody";
import { Tabs } from "./Tabs";

const Docx = lazy(() => import("../docx/Docx"));

/** Larger documents are shown as text only: laying them out would hold up the page. */
const LAID_OUT = 20_000_000;

/** A document: as it looks, where it can be drawn, and its text as the model reads it. */
export function DocumentBody(props: { name: string; size: number; text: string; cut: boolean }) {
  const { t } = useTranslation();
  const { name, size, text, cut } = props;
  const reading = <Reading text={text} cut={cut} />;
  if (!/\.(docx|docm|dotx)$/i.test(name) || size > LAID_OUT) return reading;
  return (
    <Tabs
      label={t("files.views")}
      tabs={[
        {
          id: "page",
          title: t("files.view.page"),
          view: (
            <Suspense fallback={<Loading />}>
              <Docx name={name} />
            </Suspense>
          ),
        },
        { id: "text", title: t("files.view.text"), view: reading },
      ]}
    />
  );
}
