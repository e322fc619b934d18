import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { FileConflict } from "~/api/types";
import { Button, Loading, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Version } from "../Version";
import { BESIDE, Beside } from "./Beside";
import { useWidth } from "./useWidth";

/** Every file that keeps an undo from being done: what differs, and the file as it stands beside what the task left. */
export function Conflicts({ task, conflicts }: { task: string; conflicts: readonly FileConflict[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string>();
  return (
    <ul aria-label={t("files.conflict.list")} className="divide-y rounded-lg border">
      {conflicts.map((one) => (
        <li key={one.path}>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
            <div className="min-w-0 flex-1 basis-60">
              <p className="truncate font-medium" title={one.path}>
                <Untrusted text={one.name} />
              </p>
              <p className="text-ink-2">{t(`files.conflict.${one.what}`)}</p>
            </div>
            {one.what !== "other" && (
              <Button
                size="sm"
                look="quiet"
                aria-expanded={open === one.path}
                aria-label={t("files.conflict.lookAt", { name: one.name })}
                onClick={() => setOpen(open === one.path ? undefined : one.path)}
              >
                {t("files.conflict.look")}
              </Button>
            )}
          </div>
          {open === one.path && <Compared task={task} conflict={one} />}
        </li>
      ))}
    </ul>
  );
}

function Compared({ task, conflict }: { task: string; conflict: FileConflict }) {
  const { t } = useTranslation();
  const { path, what, written } = conflict;
  const [element, width] = useWidth<HTMLDivElement>();
  const sides = [];
  if (what !== "gone") sides.push({ title: t("files.conflict.now"), view: <Side task={task} path={path} /> });
  if (written)
    sides.push({ title: t("files.conflict.left"), view: <Side task={task} path={path} hash={written} /> });
  return (
    <div ref={element} className="flex h-[26rem] flex-col border-t">
      <Beside sides={sides} wide={width >= BESIDE} />
    </div>
  );
}

function Side({ task, path, hash }: { task: string; path: string; hash?: string }) {
  const preview = useQuery({
    queryKey: [...keys.task(task), "conflict", path, hash ?? "now"],
    queryFn: () => api.tasks.preview(task, hash === undefined ? { path } : { path, hash }),
    // Somebody else is at work on this file.
    staleTime: 0,
  });
  if (preview.isPending) return <Loading />;
  if (preview.isError) return <ProblemNote error={preview.error} className="m-4" />;
  return <Version task={task} preview={preview.data} asItStands={hash === undefined} />;
}
