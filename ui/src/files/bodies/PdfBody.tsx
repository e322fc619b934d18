import { ChevronLeft, ChevronRight, ZoomIn, ZoomOut } from "lucide-react";
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy, TextLayer } from "pdfjs-dist";
import { useEffect, useRef, useState } from "react";
import { rawUrl } from "~/api/endpoints";
import { IconButton, Loading, Note, Scrollable } from "~/kit";
import { useTranslation } from "~/messages";

GlobalWorkerOptions.workerPort ??= new Worker(
  new URL("pdfjs-dist/build/pdf.worker.min.mjs", import.meta.url),
  {
    type: "module",
  },
);

/** A PDF, page by page. Its scripts never run, and it loads nothing. */
export default function PdfBody(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  name: string;
}) {
  const { t } = useTranslation();
  const url = rawUrl(props.task, { path: props.path, hash: props.hash ?? null });
  const [pdf, setPdf] = useState<PDFDocumentProxy>();
  const [failed, setFailed] = useState(false);
  const [page, setPage] = useState(1);
  const [zoom, setZoom] = useState(1);
  useEffect(() => {
    const loading = getDocument({
      url,
      isEvalSupported: false,
      useWasm: false,
      useSystemFonts: true,
      verbosity: 0,
    });
    loading.promise.then(setPdf, () => setFailed(true));
    return () => void loading.destroy();
  }, [url]);
  if (failed) return <Note level="warning" className="m-4" title={t("files.brokenPdf")} />;
  if (!pdf) return <Loading />;
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center justify-center gap-1 border-b py-1 text-sm text-ink-2">
        <IconButton
          label={t("files.previousPage")}
          size="sm"
          disabled={page <= 1}
          onClick={() => setPage(page - 1)}
        >
          <ChevronLeft aria-hidden />
        </IconButton>
        <span className="tabular-nums" aria-live="polite">
          {t("files.pageOf", { page, of: pdf.numPages })}
        </span>
        <IconButton
          label={t("files.nextPage")}
          size="sm"
          disabled={page >= pdf.numPages}
          onClick={() => setPage(page + 1)}
        >
          <ChevronRight aria-hidden />
        </IconButton>
        <IconButton
          label={t("files.smaller")}
          size="sm"
          disabled={zoom <= 0.5}
          onClick={() => setZoom(zoom / 1.25)}
        >
          <ZoomOut aria-hidden />
        </IconButton>
        <IconButton
          label={t("files.larger")}
          size="sm"
          disabled={zoom >= 4}
          onClick={() => setZoom(zoom * 1.25)}
        >
          <ZoomIn aria-hidden />
        </IconButton>
      </div>
      <PageOfPdf pdf={pdf} page={page} zoom={zoom} name={props.name} />
    </div>
  );
}

function PageOfPdf({
  pdf,
  page,
  zoom,
  name,
}: {
  pdf: PDFDocumentProxy;
  page: number;
  zoom: number;
  name: string;
}) {
  const { t } = useTranslation();
  const frame = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const words = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let over = false;
    let stop: (() => void) | undefined;
    const draw = async () => {
      const shown = await pdf.getPage(page);
      if (over || !canvas.current || !words.current || !frame.current) return;
      const usual = shown.getViewport({ scale: 1 });
      const scale = (Math.max(200, frame.current.clientWidth - 32) / usual.width) * zoom;
      const viewport = shown.getViewport({ scale });
      const sharp = window.devicePixelRatio || 1;
      canvas.current.width = Math.floor(viewport.width * sharp);
      canvas.current.height = Math.floor(viewport.height * sharp);
      canvas.current.style.width = `${viewport.width}px`;
      canvas.current.style.height = `${viewport.height}px`;
      const drawing = shown.render({
        canvas: canvas.current,
        viewport,
        ...(sharp === 1 ? {} : { transform: [sharp, 0, 0, sharp, 0, 0] }),
      });
      stop = () => drawing.cancel();
      await drawing.promise;
      if (over || !words.current) return;
      words.current.replaceChildren();
      words.current.style.setProperty("--total-scale-factor", String(scale));
      await new TextLayer({
        textContentSource: shown.streamTextContent(),
        container: words.current,
        viewport,
      }).render();
    };
    // A page that was turned before it was drawn is no fault.
    draw().catch(() => {});
    return () => {
      over = true;
      stop?.();
    };
  }, [pdf, page, zoom]);
  return (
    <Scrollable ref={frame} label={name} className="min-h-0 flex-1 overflow-auto bg-sunken p-4">
      <div className="relative mx-auto w-fit shadow-raised">
        <canvas
          ref={canvas}
          className="block bg-white"
          role="img"
          aria-label={t("files.pageOf", { page, of: pdf.numPages })}
        />
        <div ref={words} className="pdf-words" />
      </div>
    </Scrollable>
  );
}
