import { bytes } from "~/format/numbers";
import { useTranslation } from "~/messages";
import { useJobs } from "~/shell/live";

/**
 * How far work is that a person waits for, and how it ended. With `whileItRuns`, nothing is shown afterwards: what came of
 * it stands elsewhere.
 */
export function JobLine({ id, label, whileItRuns }: { id: string; label: string; whileItRuns?: boolean }) {
  const { t } = useTranslation();
  const job = useJobs()[id];
  const running = job?.state === "running";
  if (!job || (whileItRuns && !running)) return null;
  return (
    <div role="status" className="mt-4 w-full text-sm">
      {running && (
        <progress
          aria-label={label}
          className="h-2 w-full"
          max={1}
          {...(job.progress == null ? {} : { value: job.progress })}
        />
      )}
      <p className={job.state === "failed" ? "text-bad" : "text-ink-2 [overflow-wrap:anywhere]"}>
        {job.detail}
        {running && job.bytes != null && ` · ${t("settings.received", { size: bytes(job.bytes) })}`}
      </p>
    </div>
  );
}
