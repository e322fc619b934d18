import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { Plugin, PluginReview } from "~/api/types";
import { Button, Dialog, Loading, Note, ProblemNote, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { JobLine } from "../JobLine";
import { useChange } from "../useSetting";

/** What a plugin brings and exactly what it would run, before it is installed, updated or accepted anew. */
export function PluginDialog({ plugin, onClose }: { plugin: Plugin; onClose: () => void }) {
  const { t } = useTranslation();
  const toAccept = !plugin.installed || !plugin.unchanged;
  const review = useQuery({
    queryKey: keys.settings(`review ${plugin.id}`),
    queryFn: async (): Promise<PluginReview> =>
      toAccept ? api.settings.reviewPlugin(plugin.id) : (await api.settings.plugin(plugin.id)).review,
    // What was looked at is what is accepted: it never changes under the eyes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const accept = useChange(api.settings.acceptPlugin);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="lg"
      title={t(plugin.installed ? "settings.plugins.review.titleSeen" : "settings.plugins.review.title", {
        name: plugin.title,
      })}
      about={t("settings.plugins.review.about")}
      actions={
        <>
          <Button onClick={onClose}>{toAccept ? t("kit.cancel") : t("kit.close")}</Button>
          {toAccept && review.data && (
            <Button
              look="primary"
              busy={accept.isPending}
              onClick={() =>
                accept.mutate({ id: plugin.id, token: review.data.token }, { onSuccess: onClose })
              }
            >
              {plugin.installed
                ? t("settings.plugins.review.acceptAgain")
                : t("settings.plugins.review.accept")}
            </Button>
          )}
        </>
      }
    >
      {review.isPending && <Loading />}
      <JobLine id={`plugin:${plugin.id}`} label={t("settings.plugins.install")} whileItRuns />
      {review.isError && <ProblemNote error={review.error} />}
      {review.data && <Review review={review.data} />}
      {accept.isError && <ProblemNote error={accept.error} className="mt-3" />}
    </Dialog>
  );
}

function Review({ review }: { review: PluginReview }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-5">
      <Part title={t("settings.plugins.review.runs")}>
        {review.runs.length === 0 ? (
          <p className="text-sm text-ink-2">{t("settings.plugins.review.runsNone")}</p>
        ) : (
          <ul className="flex flex-col gap-3">
            {review.runs.map((run) => (
              <li key={`${run.when} ${run.command}`}>
                <p className="text-sm">
                  <Untrusted text={run.when} />{" "}
                  <span className="text-ink-3">· {t(`settings.plugins.review.places.${run.place}`)}</span>
                </p>
                <Verbatim label={run.when} className="mt-1 bg-sunken p-2.5 whitespace-pre-wrap">
                  <Untrusted text={run.command} lines />
                </Verbatim>
              </li>
            ))}
          </ul>
        )}
      </Part>
      {review.skills.length > 0 && (
        <Part title={t("settings.plugins.review.skills")}>
          <ul className="flex flex-col gap-1 text-sm">
            {review.skills.map((skill) => (
              <li key={skill} className="[overflow-wrap:anywhere]">
                <Untrusted text={skill} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {review.agents.length > 0 && (
        <Part title={t("settings.plugins.review.agents")}>
          <ul className="flex flex-col gap-3">
            {review.agents.map((agent) => (
              <li key={agent.name}>
                <p className="text-sm [overflow-wrap:anywhere]">
                  <Untrusted text={agent.name} />{" "}
                  <span className="text-ink-3">
                    · <Untrusted text={t("settings.plugins.review.agentTools", { tools: agent.tools })} />
                  </span>
                </p>
                <Verbatim label={agent.name} className="mt-1 bg-sunken p-2.5 whitespace-pre-wrap">
                  <Untrusted text={agent.prompt} lines />
                </Verbatim>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {review.connectors.length > 0 && (
        <Part title={t("settings.plugins.review.connectors")}>
          <ul className="text-sm">
            {review.connectors.map(({ name, address }) => (
              <li key={name} className="[overflow-wrap:anywhere]">
                <Untrusted text={name} />{" "}
                <span className="text-ink-3">
                  <Untrusted text={address} />
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {review.asks.length > 0 && (
        <Part title={t("settings.plugins.review.asks")}>
          <ul className="flex flex-col gap-1 text-sm">
            {review.asks.map((ask) => (
              <li key={ask.key} className="[overflow-wrap:anywhere]">
                <Untrusted text={ask.title} />{" "}
                <span className="text-ink-3">
                  <Untrusted text={ask.key} />
                  {ask.required && ` · ${t("settings.plugins.review.asksNeeded")}`}
                  {ask.secret && ` · ${t("settings.plugins.review.asksSecret")}`}
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {review.notes.length > 0 && (
        <Note level="warning" title={t("settings.plugins.review.notes")}>
          <ul className="list-disc pl-4">
            {review.notes.map((note) => (
              <li key={note}>
                <Untrusted text={note} lines />
              </li>
            ))}
          </ul>
        </Note>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}
