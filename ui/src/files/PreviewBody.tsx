import { FileQuestion } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Preview } from "~/api/types";
import { Empty, Loading, Markdown, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { HtmlBody } from "./bodies/HtmlBody";
import { ImageBody } from "./bodies/ImageBody";
import { NotebookBody } from "./bodies/NotebookBody";
import { SheetsBody } from "./bodies/SheetsBody";
import { SlidesBody } from "./bodies/SlidesBody";
import { CutNote } from "./FileViewer";

const PdfBody = lazy(() => import("./bodies/PdfBody"));
const DocumentBody = lazy(() => import("./bodies/DocumentBody"));

export interface BodyProps {
  task: string;
  preview: Preview;
  hash?: string | null | undefined;
  onAsk?: ((passage: string) => void) | undefined;
}

/** What is shown of a file, by what it is. Fills its container and scrolls within. */
export function PreviewBody(props: BodyProps) {
  return (
    <Suspense fallback={<Loading />}>
      <Body {...props} />
    </Suspense>
  );
}

function Body(props: BodyProps) {
  const { t } = useTranslation();
  const { task, preview, hash, onAsk } = props;
  const { body, path, name } = preview;
  switch (body.type) {
    case "markdown":
      return (
        <div className="h-full overflow-auto px-6 py-5">
          <div className="mx-auto max-w-[46rem]">
            <Markdown text={body.text} />
          </div>
          {body.cut && <CutNote task={task} path={path} hash={hash} />}
        </div>
      );
    case "text":
      return (
        <div className="flex h-full flex-col">
          <Verbatim label={name} className="min-h-0 flex-1 p-4 whitespace-pre">
            <Untrusted text={body.text} lines />
          </Verbatim>
          {body.cut && <CutNote task={task} path={path} hash={hash} />}
        </div>
      );
    case "html":
      return <HtmlBody task={task} path={path} hash={hash} name={name} text={body.text} />;
    case "image":
      return (
        <ImageBody task={task} path={path} hash={hash} name={name} width={body.width} height={body.height} />
      );
    case "pdf":
      return <PdfBody task={task} path={path} hash={hash} name={name} />;
    case "document":
      return <DocumentBody task={task} path={path} hash={hash} name={name} text={body.text} />;
    case "slides":
      return <SlidesBody slides={body.slides} />;
    case "sheets":
      return <SheetsBody task={task} path={path} hash={hash} first={body.sheets} onAsk={onAsk} />;
    case "notebook":
      return <NotebookBody cells={body.cells} />;
    case "binary":
      return (
        <Empty icon={<FileQuestion aria-hidden />} title={t("files.binary", { kind: body.kind })}>
          {t("files.binaryAbout")}
        </Empty>
      );
  }
}
