import { renderAsync } from "docx-preview";
import { useEffect, useRef, useState } from "react";
import { rawUrl } from "~/api/endpoints";
import { Loading, Markdown } from "~/kit";
import { useTranslation } from "~/messages";
import { Tabs } from "../Tabs";

/**
 * A Word document: as it looks, and as text. It is laid out into a frame that can run nothing and load nothing; other
 * documents (mail) are shown as text only.
 */
export default function DocumentBody(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  name: string;
  text: string;
}) {
  const { t } = useTranslation();
  const isWord = /\.do[ct][xm]$/i.test(props.name);
  const [view, setView] = useState<"page" | "text">(isWord ? "page" : "text");
  return (
    <div className="flex h-full flex-col">
      {isWord && (
        <Tabs
          label={t("files.view")}
          value={view}
          onChange={setView}
          options={[
            { value: "page", title: t("files.page") },
            { value: "text", title: t("files.text") },
          ]}
        />
      )}
      {view === "page" ? (
        <Pages {...props} onFailed={() => setView("text")} />
      ) : (
        <div className="min-h-0 flex-1 overflow-auto px-6 py-5">
          <div className="mx-auto max-w-[46rem]">
            <Markdown text={props.text} />
          </div>
        </div>
      )}
    </div>
  );
}

/** As wide as there is room for; never larger than on paper. */
function fit(page: Document): void {
  page.body.style.margin = "0";
  page.body.style.zoom = "1";
  page.documentElement.style.background = "gray";
  const widest = Math.max(...[...page.querySelectorAll("section")].map((sheet) => sheet.offsetWidth + 64), 1);
  page.body.style.zoom = String(Math.min(1, page.documentElement.clientWidth / widest));
}

function Pages(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  name: string;
  onFailed: () => void;
}) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [drawn, setDrawn] = useState(false);
  const { task, path, hash, onFailed } = props;
  const failed = useRef(onFailed);
  failed.current = onFailed;
  useEffect(() => {
    const page = frame.current?.contentDocument;
    if (!ready || !page) return;
    let over = false;
    const draw = async () => {
      const answer = await fetch(rawUrl(task, { path, hash: hash ?? null }));
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = await answer.arrayBuffer();
      if (over) return;
      page.body.replaceChildren();
      await renderAsync(bytes, page.body, page.head, {
        className: "page",
        useBase64URL: true,
        ignoreLastRenderedPageBreak: false,
        renderComments: false,
        renderAltChunks: false,
        experimental: false,
      });
      fit(page);
      setDrawn(true);
    };
    draw().catch(() => {
      if (!over) failed.current();
    });
    const resized = new ResizeObserver(() => fit(page));
    if (frame.current) resized.observe(frame.current);
    return () => {
      over = true;
      resized.disconnect();
    };
  }, [ready, task, path, hash]);
  return (
    <div className="relative min-h-0 flex-1">
      {!drawn && <Loading />}
      <iframe
        ref={frame}
        title={props.name}
        src="/document.html"
        // Same origin, so that the document can be laid out from here; no scripts, so that nothing in it runs.
        sandbox="allow-same-origin"
        onLoad={() => setReady(true)}
        className="absolute inset-0 h-full w-full bg-white"
      />
    </div>
  );
}
