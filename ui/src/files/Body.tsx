import { lazy } from "react";
import type { Preview } from "~/api/types";
import { BinaryBody } from "./bodies/BinaryBody";
import { DocumentBody } from "./bodies/DocumentBody";
import { HtmlBody } from "./bodies/HtmlBody";
import { ImageBody } from "./bodies/ImageBody";
import { MarkdownBody } from "./bodies/MarkdownBody";
import { NotebookBody } from "./bodies/NotebookBody";
import { SlidesBody } from "./bodies/SlidesBody";
import { TextBody } from "./bodies/TextBody";
import { SheetsBody } from "./sheets/SheetsBody";

const Pdf = lazy(() => import("./pdf/Pdf"));

/** What is shown of a file, by what it is. */
export function Body({ preview }: { preview: Preview }) {
  const { body, name } = preview;
  switch (body.type) {
    case "markdown":
      return <MarkdownBody text={body.text} cut={body.cut} />;
    case "text":
      return <TextBody text={body.text} language={body.language} cut={body.cut} />;
    case "html":
      return <HtmlBody name={name} text={body.text} cut={body.cut} />;
    case "image":
      return <ImageBody name={name} width={body.width ?? undefined} height={body.height ?? undefined} />;
    case "pdf":
      return <Pdf />;
    case "document":
      return <DocumentBody name={name} size={preview.size} text={body.text} cut={body.cut} />;
    case "slides":
      return <SlidesBody slides={body.slides} />;
    case "sheets":
      return <SheetsBody sheets={body.sheets} name={name} />;
    case "notebook":
      return <NotebookBody cells={body.cells} />;
    case "binary":
      return <BinaryBody kind={body.kind} />;
  }
}
