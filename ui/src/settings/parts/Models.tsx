import { CircleCheck, Plug, Plus } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import type { ModelTest, Provider } from "~/api/types";
import { Button, Loading, Note, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";
import { LocalModel } from "./LocalModel";
import { ProviderDialog } from "./ProviderDialog";
import { emptyForm, formOf, type ProviderForm } from "./provider";

/** Providers of models, and their keys. */
export function Models() {
  const { t } = useTranslation();
  const providers = useSetting("models", api.settings.models);
  const [form, setForm] = useState<{ form: ProviderForm; fresh: boolean; inKeychain: boolean }>();
  if (providers.isPending) return <Loading />;
  if (providers.isError) return <ProblemNote error={providers.error} />;
  return (
    <>
      <Note className="mb-4">{t("settings.models.recipes")}</Note>
      <ul className="flex flex-col gap-3">
        {providers.data.map((provider) => (
          <li key={provider.id}>
            <Line
              provider={provider}
              onChange={() =>
                setForm({
                  form: formOf(provider),
                  fresh: false,
                  inKeychain: provider.key === "keychain",
                })
              }
            />
          </li>
        ))}
      </ul>
      <Button
        className="mt-4"
        icon={<Plus aria-hidden />}
        onClick={() => setForm({ form: emptyForm, fresh: true, inKeychain: false })}
      >
        {t("settings.models.add")}
      </Button>
      <LocalModel />
      {form && (
        <ProviderDialog
          {...form}
          taken={providers.data.map((provider) => provider.id)}
          onClose={() => setForm(undefined)}
        />
      )}
    </>
  );
}

function Line({ provider, onChange }: { provider: Provider; onChange: () => void }) {
  const { t } = useTranslation();
  const test = useChange(api.settings.testModel);
  return (
    <article aria-label={provider.title} className="rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1">
          <p className="flex items-center gap-2 text-sm font-medium">
            {provider.title}
            {provider.default && (
              <span className="rounded-sm bg-accent-soft px-1.5 text-xs text-accent-ink">
                {t("settings.models.default")}
              </span>
            )}
          </p>
          <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">
            {[provider.model, provider.base_url, t(`settings.models.keys.${provider.key}`)]
              .filter((part) => part !== "")
              .join(" · ")}
          </p>
        </div>
        {provider.ready && (
          <Button
            size="sm"
            icon={<Plug aria-hidden />}
            busy={test.isPending}
            onClick={() => test.mutate(provider.id)}
          >
            {t("settings.models.test")}
          </Button>
        )}
        <Button size="sm" onClick={onChange}>
          {provider.ready ? t("settings.models.change") : t("settings.models.setUp")}
        </Button>
      </div>
      {test.isError && <ProblemNote error={test.error} className="mt-3" />}
      {test.data && <Tested test={test.data} />}
    </article>
  );
}

function Tested({ test }: { test: ModelTest }) {
  const { t } = useTranslation();
  return (
    <p
      role="status"
      className={test.ok ? "mt-2 flex items-center gap-1.5 text-sm text-ok" : "mt-2 text-sm text-bad"}
    >
      {test.ok && <CircleCheck className="size-4 shrink-0" aria-hidden />}
      {test.detail} {test.ok && t("settings.models.took", { ms: test.took_ms })}
    </p>
  );
}
