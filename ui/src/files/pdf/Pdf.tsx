import { Lock, Minus, Plus } from "lucide-react";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
import { useCallback, useEffect, useRef, useState } from "react";
import { Button, Empty, IconButton, Loading, Note, ProblemNote, Scrollable } from "~/kit";
import { useTranslation } from "~/messages";
import { useSelected } from "../ask/useSelected";
import { useViewing } from "../context";
import { useBytes } from "../read";
import { percent, zoomed } from "../zoom";
import { openPdf } from "./load";
import { PdfPage } from "./PdfPage";
import { useCurrentPage } from "./useCurrentPage";

/** A PDF, page below page. */
export default function Pdf() {
  const bytes = useBytes(useViewing());
  if (bytes.isError) return <ProblemNote error={bytes.error} className="m-4" />;
  if (!bytes.data) return <Loading />;
  return <Opened bytes={bytes.data} />;
}

function Opened({ bytes }: { bytes: ArrayBuffer }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<{ document: PDFDocumentProxy; first: PDFPageProxy }>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    // The worker takes the bytes it is given.
    const task = openPdf(new Uint8Array(bytes.slice(0)));
    let gone = false;
    task.promise
      .then(async (document) => ({ document, first: await document.getPage(1) }))
      .then(
        (all) => !gone && setOpened(all),
        (error: unknown) => !gone && setFailed(error),
      );
    return () => {
      gone = true;
      void task.destroy();
    };
  }, [bytes]);
  if (failed instanceof Error && failed.name === "PasswordException")
    return (
      <Empty icon={<Lock aria-hidden />} title={t("files.pdf.locked")}>
        {t("files.pdf.lockedAbout")}
      </Empty>
    );
  if (failed !== undefined)
    return (
      <Note level="error" role="alert" className="m-4" title={t("files.pdf.failed")}>
        {failed instanceof Error ? failed.message : String(failed)}
      </Note>
    );
  return opened ? <Pages {...opened} /> : <Loading />;
}

/** Space beside a page, in pixels. */
const BESIDE = 32;

function Pages({ document, first }: { document: PDFDocumentProxy; first: PDFPageProxy }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  /** Absent = as wide as there is room. */
  const [zoom, setZoom] = useState<number>();
  const [page, goTo] = useCurrentPage(scroller, document.numPages);
  const placeOf = useCallback(
    (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const number = element?.closest<HTMLElement>("[data-page]")?.dataset.page;
      return number === undefined ? undefined : t("files.place.page", { number });
    },
    [t],
  );
  useSelected(scroller, placeOf);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => setWidth(element.clientWidth);
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    look();
    return () => sizes.disconnect();
  }, []);

  const usual = first.getViewport({ scale: 1 });
  // One CSS pixel is 3/4 of a PDF's unit; "100 %" is the size on paper.
  const fit = Math.max(0.1, Math.min(2.5, (width - BESIDE) / usual.width));
  const scale = zoom === undefined ? fit : (zoom * 96) / 72;
  const change = (by: 1 | -1) => setZoom((now) => zoomed(now ?? (fit * 72) / 96, by));
  return (
    <>
      <div className="flex shrink-0 items-center gap-1 border-b px-3 py-1 text-xs text-ink-3">
        <form
          className="flex flex-1 items-center gap-1.5"
          onSubmit={(event) => {
            event.preventDefault();
            const wanted = Number(new FormData(event.currentTarget).get("page"));
            if (Number.isInteger(wanted) && wanted >= 1 && wanted <= document.numPages) goTo(wanted);
          }}
        >
          <input
            key={page}
            name="page"
            inputMode="numeric"
            defaultValue={page}
            aria-label={t("files.pdf.goTo")}
            className="h-6 w-11 rounded-sm border border-line-strong/70 bg-surface text-center text-ink tabular-nums"
          />
          <span className="tabular-nums">{t("files.pdf.of", { total: document.numPages })}</span>
        </form>
        <IconButton label={t("files.zoom.out")} size="sm" onClick={() => change(-1)}>
          <Minus aria-hidden />
        </IconButton>
        <span className="w-11 text-center tabular-nums" aria-live="polite">
          {percent((scale * 72) / 96)}
        </span>
        <IconButton label={t("files.zoom.in")} size="sm" onClick={() => change(1)}>
          <Plus aria-hidden />
        </IconButton>
        <Button look="quiet" size="sm" disabled={zoom === undefined} onClick={() => setZoom(undefined)}>
          {t("files.zoom.width")}
        </Button>
      </div>
      <Scrollable
        label={t("files.content")}
        ref={scroller}
        className="min-h-0 flex-1 focus-visible:-outline-offset-2 relative overflow-auto bg-sunken py-4"
      >
        {width > 0 && (
          <div className="mx-auto flex w-max min-w-full flex-col items-center gap-4 px-4">
            {Array.from({ length: document.numPages }, (_, index) => (
              <PdfPage
                // biome-ignore lint/suspicious/noArrayIndexKey: pages never move
                key={index}
                document={document}
                number={index + 1}
                total={document.numPages}
                scale={scale}
                usual={usual}
                scroller={scroller}
              />
            ))}
          </div>
        )}
      </Scrollable>
    </>
  );
}
