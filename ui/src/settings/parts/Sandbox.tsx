import { Box, Circle, CircleCheck } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import { Button, Confirm, Loading, Note, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useJobs } from "~/shell/live";
import { JobLine } from "../JobLine";
import { useChange, useSetting } from "../useSetting";

/** Where commands run: what is there, what is missing, building the image, and throwing it away. */
export function Sandbox() {
  const { t } = useTranslation();
  const page = useSetting("sandbox", api.settings.sandbox);
  const build = useChange(api.settings.buildSandbox);
  const reset = useChange(() => api.settings.resetSandbox());
  const [asking, setAsking] = useState<"rebuild" | "reset">();
  const running = useJobs()["sandbox-image"]?.state === "running";
  if (page.isPending) return <Loading />;
  if (page.isError) return <ProblemNote error={page.error} />;
  const { ready, parts, speed, disk, can_build } = page.data;
  const isBuilt = parts.some(({ name, ok }) => name === IMAGE && ok);
  return (
    <>
      <Note
        level={ready ? "ok" : "warning"}
        title={ready ? t("settings.sandbox.ready") : t("settings.sandbox.notReady")}
      >
        {ready ? speed : t("settings.sandbox.notReadyAbout")}
      </Note>
      <ul className="mt-4 divide-y rounded-lg border bg-surface">
        {parts.map((part) => (
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
      <p className="mt-3 text-xs text-ink-3">{disk}</p>
      {can_build && (
        <div className="mt-4 flex flex-wrap items-center gap-2">
          {!isBuilt && (
            <Button
              look="primary"
              icon={<Box aria-hidden />}
              busy={running || build.isPending}
              onClick={() => build.mutate(false)}
            >
              {t("settings.sandbox.build")}
            </Button>
          )}
          {isBuilt && (
            <Button
              icon={<Box aria-hidden />}
              busy={running || build.isPending}
              onClick={() => setAsking("rebuild")}
            >
              {t("settings.sandbox.rebuild")}
            </Button>
          )}
          {isBuilt && (
            <Button look="danger" disabled={running} onClick={() => setAsking("reset")}>
              {t("settings.sandbox.reset")}
            </Button>
          )}
        </div>
      )}
      {can_build && <p className="mt-1.5 text-xs text-ink-3">{t("settings.sandbox.buildAbout")}</p>}
      {build.isError && <ProblemNote error={build.error} className="mt-3" />}
      <JobLine id="sandbox-image" label={t("settings.sandbox.build")} />
      <Confirm
        open={asking === "rebuild"}
        onOpenChange={() => setAsking(undefined)}
        title={t("settings.sandbox.rebuildAsk")}
        action={t("settings.sandbox.rebuild")}
        onConfirm={async () => void (await build.mutateAsync(true))}
      >
        {t("settings.sandbox.rebuildAbout")}
      </Confirm>
      <Confirm
        open={asking === "reset"}
        onOpenChange={() => setAsking(undefined)}
        danger
        title={t("settings.sandbox.resetAsk")}
        action={t("settings.sandbox.reset")}
        onConfirm={async () => void (await reset.mutateAsync(undefined))}
      >
        {t("settings.sandbox.resetAbout")}
        {reset.isError && <ProblemNote error={reset.error} className="mt-2" />}
      </Confirm>
    </>
  );
}

/** The part that building makes. */
const IMAGE = "image";
