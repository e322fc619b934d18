import { api } from "~/api/endpoints";
import type { CacheUse } from "~/api/types";
import { bytes, dateAndTime, number } from "~/format/numbers";
import { Button, Loading, ProblemNote, toast, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

/** What is kept on disk, and releasing what is too old. */
export function Storage() {
  const { t } = useTranslation();
  const kept = useSetting("storage", api.settings.storage);
  const tidy = useChange(api.settings.tidy);
  if (kept.isPending) return <Loading />;
  if (kept.isError) return <ProblemNote error={kept.error} />;
  const { data } = kept;
  const lines: [string, string][] = [
    [t("settings.storage.log"), bytes(data.log_bytes)],
    [
      t("settings.storage.kept"),
      t("settings.storage.keptAmount", {
        count: data.kept,
        size: bytes(data.kept_bytes),
        n: number(data.kept),
      }),
    ],
    [
      t("settings.storage.rule"),
      t("settings.storage.ruleAbout", { days: data.keep_days, size: bytes(data.max_bytes) }),
    ],
    [
      t("settings.storage.tidied"),
      data.tidied_at == null ? t("settings.storage.never") : dateAndTime(data.tidied_at),
    ],
  ];
  return (
    <>
      <dl className="divide-y rounded-lg border bg-surface text-sm">
        <div className="flex flex-wrap gap-x-4 px-4 py-2.5">
          <dt className="w-44 text-ink-3">{t("settings.storage.place")}</dt>
          <dd className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <Untrusted text={data.place} />
          </dd>
        </div>
        {lines.map(([name, value]) => (
          <div key={name} className="flex flex-wrap gap-x-4 px-4 py-2.5">
            <dt className="w-44 text-ink-3">{name}</dt>
            <dd className="min-w-0 flex-1">{value}</dd>
          </div>
        ))}
      </dl>
      <Button
        className="mt-4"
        busy={tidy.isPending}
        onClick={() =>
          tidy.mutate(undefined, {
            onSuccess: () => toast({ level: "ok", text: t("settings.storage.done") }),
          })
        }
      >
        {t("settings.storage.tidy")}
      </Button>
      <p className="mt-1.5 text-xs text-ink-3">{t("settings.storage.tidyAbout")}</p>
      {tidy.isError && <ProblemNote error={tidy.error} className="mt-3" />}
      <Cache uses={data.cache} />
    </>
  );
}

/** What can be made or fetched anew. */
function Cache({ uses }: { uses: readonly CacheUse[] }) {
  const { t } = useTranslation();
  const clean = useChange(api.settings.cleanCache);
  return (
    <section aria-label={t("settings.storage.cache")} className="mt-8">
      <h2 className="text-base font-semibold">{t("settings.storage.cache")}</h2>
      <p className="mt-1 text-sm text-ink-2">
        {uses.length === 0 ? t("settings.storage.cacheNone") : t("settings.storage.cacheAbout")}
      </p>
      <ul className="mt-3 divide-y rounded-lg border bg-surface text-sm empty:hidden">
        {uses.map(({ part, bytes: size }) => {
          const name = t(`settings.storage.parts.${part}.title`);
          return (
            <li key={part} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <div className="min-w-0 flex-1">
                <p>
                  <span className="font-medium">{name}</span> · {bytes(size)}
                </p>
                <p className="text-xs text-ink-3">{t(`settings.storage.parts.${part}.again`)}</p>
              </div>
              <Button
                size="sm"
                aria-label={t("settings.storage.cleanPart", { name })}
                busy={clean.isPending && clean.variables === part}
                onClick={() =>
                  clean.mutate(part, {
                    onSuccess: () => toast({ level: "ok", text: t("settings.storage.cleaned", { name }) }),
                  })
                }
              >
                {t("settings.storage.clean")}
              </Button>
            </li>
          );
        })}
      </ul>
      {clean.isError && <ProblemNote error={clean.error} className="mt-3" />}
    </section>
  );
}
