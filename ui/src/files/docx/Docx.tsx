import { useEffect, useRef, useState } from "react";
import { Loading, Note, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useViewing } from "../context";
import { useBytes } from "../read";
import { newBuilder, type Wanted } from "./build";
import page from "./page.css?raw";

/**
 * An empty page with a policy of its own, in which nothing can run (`sandbox` without `allow-scripts`) and nothing but
 * what came with the document is loaded. It has the origin of the interface only so that the interface can fill it.
 */
const EMPTY = "/document.html";

/** A Word document as it looks on paper, as far as a browser can tell. */
export default function Docx({ name }: { name: string }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const { choose } = viewing;
  const bytes = useBytes(viewing);
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [state, setState] = useState<"working" | "shown" | { failed: string }>("working");

  useEffect(() => {
    const view = frame.current?.contentWindow as (Window & typeof globalThis) | null | undefined;
    if (!ready || !view || !bytes.data) return;
    let gone = false;
    draw(bytes.data, view).then(
      () => !gone && setState("shown"),
      (error: unknown) =>
        !gone && setState({ failed: error instanceof Error ? error.message : String(error) }),
    );
    const fit = new ResizeObserver(() => fitPages(view));
    if (frame.current) fit.observe(frame.current);
    return () => {
      gone = true;
      fit.disconnect();
    };
  }, [ready, bytes.data]);

  // Some browsers call no listeners of a page that may not run scripts, so its selection is looked at now and then.
  useEffect(() => {
    let last = "";
    const timer = setInterval(() => {
      const text = frame.current?.contentDocument?.getSelection()?.toString().trim() ?? "";
      if (text === last) return;
      last = text;
      choose(text === "" ? undefined : { text });
    }, 300);
    return () => clearInterval(timer);
  }, [choose]);

  if (bytes.isError) return <ProblemNote error={bytes.error} className="m-4" />;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col bg-sunken">
      {typeof state === "object" && (
        <Note level="warning" role="alert" className="m-4" title={t("files.document.failed")}>
          {state.failed}
        </Note>
      )}
      {state === "working" && (
        <div className="absolute inset-x-0 top-0">
          <Loading />
        </div>
      )}
      <iframe
        ref={frame}
        sandbox="allow-same-origin"
        src={EMPTY}
        title={t("files.document.frame", { name })}
        onLoad={() => setReady(true)}
        className="min-h-0 w-full flex-1"
      />
    </div>
  );
}

async function draw(bytes: ArrayBuffer, view: Window & typeof globalThis): Promise<void> {
  const { parseAsync, renderDocument } = await import("docx-preview");
  const options = {
    // Pages of HTML within the document stay out of it.
    renderAltChunks: false,
    useBase64URL: true,
    experimental: false,
  };
  const builder = newBuilder(document.implementation.createHTMLDocument(""));
  const nodes = await renderDocument(await parseAsync(bytes, options), {
    ...options,
    h: (wanted) => builder.h(wanted as Wanted),
  });
  const sheets = [...builder.styles, page].map((text) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  view.document.adoptedStyleSheets = sheets;
  const ground = view.frameElement?.parentElement;
  if (ground) view.document.documentElement.style.background = getComputedStyle(ground).backgroundColor;
  view.document.body.replaceChildren(...nodes.map((node) => view.document.adoptNode(node)));
  fitPages(view);
}

/** Makes pages that are wider than the view as narrow as it is. */
function fitPages(view: Window): void {
  const wrapper = view.document.querySelector<HTMLElement>(".docx-wrapper");
  const [first] = wrapper?.querySelectorAll<HTMLElement>("section.docx") ?? [];
  if (!wrapper || !first) return;
  wrapper.style.setProperty("zoom", "1");
  const room = view.innerWidth - 24;
  wrapper.style.setProperty("zoom", `${Math.min(1, room / first.offsetWidth)}`);
}
