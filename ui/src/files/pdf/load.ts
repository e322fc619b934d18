// pdf.js, with everything it may need bundled: it fetches nothing from anywhere else.
import {
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentLoadingTask,
} from "pdfjs-dist/legacy/build/pdf.mjs";
import worker from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import jpxFallback from "pdfjs-dist/wasm/openjpeg_nowasm_fallback.js?url";

GlobalWorkerOptions.workerSrc = worker;

/** Tables of characters, the standard fonts and decoders, by file name; each is fetched when a page needs it. */
const PARTS: Record<string, string> = Object.fromEntries(
  Object.entries({
    ...import.meta.glob<string>("/node_modules/pdfjs-dist/cmaps/*.bcmap", {
      query: "?url",
      import: "default",
      eager: true,
    }),
    ...import.meta.glob<string>("/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}", {
      query: "?url",
      import: "default",
      eager: true,
    }),
    ...import.meta.glob<string>("/node_modules/pdfjs-dist/wasm/*.wasm", {
      query: "?url",
      import: "default",
      eager: true,
    }),
  }).map(([path, url]) => [path.split("/").at(-1) ?? "", url]),
);

/** Where pdf.js looks for its parts. The names under `assets/` have hashes in them, so it is told each one's place. */
class BundledParts {
  async fetch({ filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const url = PARTS[filename];
    const response = url === undefined ? undefined : await fetch(url);
    if (!response?.ok) throw new Error(`No part of pdf.js is named ${filename}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

/** Opens a PDF. The bytes are handed over to the worker and gone from here. */
export function openPdf(bytes: Uint8Array): PDFDocumentLoadingTask {
  return getDocument({
    data: bytes,
    isEvalSupported: false,
    enableXfa: false,
    useWorkerFetch: false,
    useSystemFonts: false,
    BinaryDataFactory: BundledParts,
    // Only to say that there are such parts; `BundledParts` knows where.
    cMapUrl: "/",
    standardFontDataUrl: "/",
    // The worker imports the decoder that needs no WebAssembly from `wasmUrl` + its name; what follows `#` is ignored.
    wasmUrl: `${new URL(jpxFallback, document.baseURI).href}#/`,
    verbosity: 0,
  });
}
