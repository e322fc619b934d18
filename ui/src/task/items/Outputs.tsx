import { FileCheck2 } from "lucide-react";
import type { FileRef } from "~/api/types";
import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import { FileMark } from "../FileMark";

/** Files that were handed over: the result of the work. */
export function Outputs({ files }: { files: readonly FileRef[] }) {
  const { t } = useTranslation();
  const { open } = useTaskContext();
  return (
    <section
      aria-label={t("task.outputs", { count: files.length })}
      className="rounded-xl border bg-surface p-2"
    >
      <h2 className="flex items-center gap-2 px-2 pt-1 pb-1.5 text-sm font-medium">
        <FileCheck2 className="size-4 text-accent" aria-hidden />
        {t("task.outputs", { count: files.length })}
      </h2>
      <ul>
        {files.map((file) => (
          <li key={file.path}>
            <button
              type="button"
              onClick={() => open({ kind: "file", path: file.path })}
              className="flex w-full items-center gap-3 rounded-lg px-2 py-2 text-left hover:bg-hover"
            >
              <FileMark name={file.name} />
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm font-medium">
                  <Untrusted text={file.name} />
                </span>
                <span className="block truncate text-xs text-ink-3">
                  <Untrusted text={file.place} />
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
