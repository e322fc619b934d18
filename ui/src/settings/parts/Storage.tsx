import { api } from "~/api/endpoints";
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
    </>
  );
}
