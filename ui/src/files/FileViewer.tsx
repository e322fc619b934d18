import { Download, ExternalLink, FolderOpen, X } from "lucide-react";
import { useRef } from "react";
import { api, rawUrl } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import { bytes } from "~/format/numbers";
import { Button, IconButton, Loading, Note, ProblemNote, toastProblem, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { AskBar } from "./AskBar";
import { PreviewBody } from "./PreviewBody";
import { usePreview } from "./usePreview";

export interface FileViewerProps {
  task: string;
  path: string;
  hash?: string | null;
  onClose?: () => void;
  /** The person chose a passage and wants it changed: the passage goes into the composer. */
  onAsk?: (passage: string) => void;
}

/** One file: what it is, what is in it, and what can be done with it. */
export function FileViewer({ task, path, hash, onClose, onAsk }: FileViewerProps) {
  const { t } = useTranslation();
  const preview = usePreview(task, { path, hash });
  const body = useRef<HTMLDivElement>(null);
  const name = path.split("/").at(-1) ?? path;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex items-start gap-2 border-b px-4 py-2.5">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-base font-semibold">
            <Untrusted text={name} />
          </h2>
          <p className="truncate text-xs text-ink-3" title={path}>
            {preview.data && <>{bytes(preview.data.size)} · </>}
            <Untrusted text={path} />
            {hash ? <> · {t("files.earlier")}</> : null}
          </p>
        </div>
        <FileActions task={task} path={path} hash={hash} />
        {onClose && (
          <IconButton label={t("kit.close")} onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        )}
      </header>
      {preview.data?.notes.map((note) => (
        <Note key={note} level="warning" className="mx-4 mt-3">
          <Untrusted text={note} />
        </Note>
      ))}
      <div ref={body} className="relative min-h-0 flex-1">
        {preview.isPending && <Loading />}
        {preview.isError && <ProblemNote error={preview.error} className="m-4" />}
        {preview.data && <PreviewBody task={task} preview={preview.data} hash={hash} onAsk={onAsk} />}
        {onAsk && <AskBar within={body} onAsk={onAsk} />}
      </div>
    </div>
  );
}

/** Open, show in its folder, keep a copy. */
export function FileActions({
  task,
  path,
  hash,
}: {
  task: string;
  path: string;
  hash?: string | null | undefined;
}) {
  const { t } = useTranslation();
  const state = useAppState();
  const open = (how: "open" | "reveal") =>
    void api.tasks.open(task, { path, how }).catch((error: unknown) => toastProblem(error, t));
  return (
    <div className="flex shrink-0 items-center">
      {state.data?.can_open_files && !hash && (
        <>
          <IconButton label={t("files.open")} onClick={() => open("open")}>
            <ExternalLink aria-hidden />
          </IconButton>
          <IconButton label={t("files.reveal")} onClick={() => open("reveal")}>
            <FolderOpen aria-hidden />
          </IconButton>
        </>
      )}
      <a
        href={rawUrl(task, { path, hash: hash ?? null, download: true })}
        download
        title={t("files.download")}
        aria-label={t("files.download")}
        className="inline-flex size-9 items-center justify-center rounded-md text-ink-2 hover:bg-hover hover:text-ink"
      >
        <Download className="size-4" aria-hidden />
      </a>
    </div>
  );
}

/** Where a preview was cut off. */
export function CutNote({
  task,
  path,
  hash,
}: {
  task: string;
  path: string;
  hash?: string | null | undefined;
}) {
  const { t } = useTranslation();
  return (
    <Note
      className="m-4"
      actions={
        <a href={rawUrl(task, { path, hash: hash ?? null, download: true })} download>
          <Button size="sm" tabIndex={-1}>
            {t("files.download")}
          </Button>
        </a>
      }
    >
      {t("files.cut")}
    </Note>
  );
}
