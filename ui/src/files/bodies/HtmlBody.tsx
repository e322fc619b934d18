import { useState } from "react";
import { rawUrl } from "~/api/endpoints";
import { Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { Tabs } from "../Tabs";

/**
 * A page someone else wrote: in a frame without scripts, without network and without an origin. The server's own policy
 * for these bytes says the same once more.
 */
export function HtmlBody(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  name: string;
  text: string;
}) {
  const { t } = useTranslation();
  const [view, setView] = useState<"page" | "source">("page");
  return (
    <div className="flex h-full flex-col">
      <Tabs
        label={t("files.view")}
        value={view}
        onChange={setView}
        options={[
          { value: "page", title: t("files.page") },
          { value: "source", title: t("files.source") },
        ]}
      />
      {view === "page" ? (
        <>
          <p className="border-b px-4 py-1.5 text-xs text-ink-3">{t("files.inert")}</p>
          <iframe
            title={props.name}
            sandbox=""
            referrerPolicy="no-referrer"
            src={rawUrl(props.task, { path: props.path, hash: props.hash ?? null })}
            className="min-h-0 w-full flex-1 bg-white"
          />
        </>
      ) : (
        <Verbatim label={props.name} className="min-h-0 flex-1 p-4 whitespace-pre">
          <Untrusted text={props.text} lines />
        </Verbatim>
      )}
    </div>
  );
}
