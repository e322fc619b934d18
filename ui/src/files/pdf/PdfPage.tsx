import type { PageViewport, PDFDocumentProxy } from "pdfjs-dist";
import { RenderingCancelledException, TextLayer } from "pdfjs-dist/legacy/build/pdf.mjs";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "~/messages";

export interface PdfPageProps {
  document: PDFDocumentProxy;
  number: number;
  total: number;
  scale: number;
  /** The size of the first page: what this one is taken for until it was read. */
  usual: PageViewport;
  scroller: RefObject<HTMLElement | null>;
}

/** Most pixels of a page's picture; a larger page is drawn coarser. */
const MOST_PIXELS = 16_000_000;

/** One page: its picture, and its words above it. It is drawn when it comes near, and given up when it is far. */
export function PdfPage({ document: pdf, number, total, scale, usual, scroller }: PdfPageProps) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const [size, setSize] = useState({ width: usual.width, height: usual.height });
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watcher = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting === true), {
      root: scroller.current,
      rootMargin: "100% 0px",
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [scroller]);

  useEffect(() => {
    const element = frame.current;
    if (!near || !element) return;
    const label = t("files.pdf.page", { page: number, total });
    return drawn({ pdf, number, scale, element, label, onSize: setSize, onFailed: () => setFailed(true) });
  }, [pdf, number, total, scale, near, t]);

  return (
    <div
      data-page={number}
      className="relative shrink-0 bg-[#fff] shadow-sm scheme-light"
      style={{ width: Math.floor(size.width * scale), height: Math.floor(size.height * scale) }}
    >
      <div ref={frame} className="absolute inset-0 overflow-hidden" />
      {failed && (
        <p className="absolute inset-x-0 top-4 text-center text-sm text-[#a3291f]">
          {t("files.pdf.pageFailed")}
        </p>
      )}
    </div>
  );
}

/** Draws a page into an element. Returns how to stop and take it out again. */
function drawn(page: {
  pdf: PDFDocumentProxy;
  number: number;
  scale: number;
  element: HTMLElement;
  label: string;
  onSize: (size: { width: number; height: number }) => void;
  onFailed: () => void;
}): () => void {
  const { pdf, number, scale, element, label, onSize, onFailed } = page;
  let gone = false;
  const stop: (() => void)[] = [];
  const draw = async () => {
    const shown = await pdf.getPage(number);
    if (gone) return;
    const whole = shown.getViewport({ scale: 1 });
    onSize({ width: whole.width, height: whole.height });
    const viewport = shown.getViewport({ scale });
    const sharp = Math.min(
      window.devicePixelRatio,
      Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)),
    );
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.className = "size-full";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    const picture = shown.render({
      canvas,
      viewport,
      ...(sharp === 1 ? {} : { transform: [sharp, 0, 0, sharp, 0, 0] }),
    });
    stop.push(() => picture.cancel());
    const words = document.createElement("div");
    words.className = "pdf-words";
    words.style.setProperty("--total-scale-factor", `${scale}`);
    const layer = new TextLayer({ textContentSource: shown.streamTextContent(), container: words, viewport });
    stop.push(() => layer.cancel());
    element.replaceChildren(canvas, words);
    await Promise.all([picture.promise, layer.render()]);
  };
  draw().catch((error: unknown) => {
    if (!gone && !(error instanceof RenderingCancelledException)) onFailed();
  });
  return () => {
    gone = true;
    for (const end of stop) end();
    element.replaceChildren();
  };
}
