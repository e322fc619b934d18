import { Download } from "lucide-react";
import { api } from "~/api/endpoints";
import { bytes } from "~/format/numbers";
import { Button, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useJobs } from "~/shell/live";
import { JobLine } from "../JobLine";
import { useChange, useSetting } from "../useSetting";

/** The small local model, where its program is: fetching its weights. */
export function LocalModel() {
  const { t } = useTranslation();
  const local = useSetting("local-model", api.settings.localModel);
  const pull = useChange(() => api.settings.pullLocalModel());
  const running = useJobs()["local-model"]?.state === "running";
  if (!local.data?.program) return null;
  return (
    <section aria-label={t("settings.models.local.title")} className="mt-8">
      <h2 className="text-base font-semibold">{t("settings.models.local.title")}</h2>
      <p className="mt-1 text-sm text-ink-2">
        {t("settings.models.local.about")}{" "}
        {local.data.ready && t("settings.models.local.there", { size: bytes(local.data.bytes) })}
      </p>
      {!local.data.ready && (
        <Button
          className="mt-3"
          icon={<Download aria-hidden />}
          busy={running || pull.isPending}
          onClick={() => pull.mutate(undefined)}
        >
          {t("settings.models.local.pull")}
        </Button>
      )}
      {pull.isError && <ProblemNote error={pull.error} className="mt-3" />}
      <JobLine id="local-model" label={t("settings.models.local.pull")} />
    </section>
  );
}
