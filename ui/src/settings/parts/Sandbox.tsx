import { Box, Circle, CircleCheck } from "lucide-react";
import { api } from "~/api/endpoints";
import { Button, Loading, Note, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useJobs } from "~/shell/live";
import { useChange, useSetting } from "../useSetting";

/** Where commands run: what is there, what is missing, and building the image. */
export function Sandbox() {
  const { t } = useTranslation();
  const page = useSetting("sandbox", api.settings.sandbox);
  const build = useChange(api.settings.buildSandbox);
  const job = useJobs()["sandbox-image"];
  if (page.isPending) return <Loading />;
  if (page.isError) return <ProblemNote error={page.error} />;
  const running = job?.state === "running";
  return (
    <>
      <Note
        level={page.data.ready ? "ok" : "warning"}
        title={page.data.ready ? t("settings.sandbox.ready") : t("settings.sandbox.notReady")}
      >
        {page.data.ready ? page.data.speed : t("settings.sandbox.notReadyAbout")}
      </Note>
      <ul className="mt-4 divide-y rounded-lg border bg-surface">
        {page.data.parts.map((part) => (
          <li key={part.name} className="flex items-start gap-3 px-4 py-2.5 text-sm">
            {part.ok ? (
              <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label={t("settings.there")} />
            ) : (
              <Circle className="mt-0.5 size-4 shrink-0 text-warn" aria-label={t("settings.missing")} />
            )}
            <div className="min-w-0 flex-1">
              <p>
                <span className="font-medium">{part.name}</span> · {part.detail}
              </p>
              {part.hint && <p className="text-xs text-ink-3">{part.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-xs text-ink-3">{page.data.disk}</p>
      {page.data.can_build && !page.data.ready && (
        <div className="mt-4">
          <Button
            look="primary"
            icon={<Box aria-hidden />}
            busy={running || build.isPending}
            onClick={() => build.mutate(undefined)}
          >
            {t("settings.sandbox.build")}
          </Button>
          <p className="mt-1.5 text-xs text-ink-3">{t("settings.sandbox.buildAbout")}</p>
        </div>
      )}
      {build.isError && <ProblemNote error={build.error} className="mt-3" />}
      {job && (
        <div role="status" className="mt-4 text-sm">
          {running && (
            <progress
              aria-label={t("settings.sandbox.build")}
              className="h-2 w-full"
              max={1}
              {...(job.progress == null ? {} : { value: job.progress })}
            />
          )}
          <p className={job.state === "failed" ? "text-bad" : "text-ink-2"}>{job.detail}</p>
        </div>
      )}
    </>
  );
}
