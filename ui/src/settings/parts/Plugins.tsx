import { Blocks, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import type { Marketplace, Plugin } from "~/api/types";
import {
  Button,
  Confirm,
  Empty,
  IconButton,
  Loading,
  Note,
  ProblemNote,
  Switch,
  TextField,
  Untrusted,
} from "~/kit";
import { useTranslation } from "~/messages";
import { JobLine } from "../JobLine";
import { useChange, useSetting } from "../useSetting";
import { PluginDialog } from "./PluginDialog";

/** Plugins that are installed, those that could be, and where they come from. */
export function Plugins() {
  const { t } = useTranslation();
  const plugins = useSetting("plugins", api.settings.plugins);
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState<Plugin>();
  if (plugins.isPending) return <Loading />;
  if (plugins.isError) return <ProblemNote error={plugins.error} />;
  const wanted = query.trim().toLocaleLowerCase();
  const fits = ({ id, title, about }: Plugin) =>
    `${id} ${title} ${about}`.toLocaleLowerCase().includes(wanted);
  const installed = plugins.data.filter((plugin) => plugin.installed && fits(plugin));
  const available = plugins.data.filter((plugin) => !plugin.installed && fits(plugin));
  return (
    <>
      {plugins.data.length === 0 ? (
        <Empty icon={<Blocks aria-hidden />} title={t("settings.plugins.none")}>
          {t("settings.plugins.noneAbout")}
        </Empty>
      ) : (
        <TextField
          label={t("settings.plugins.search")}
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      )}
      {plugins.data.length > 0 && installed.length + available.length === 0 && (
        <p className="mt-3 text-sm text-ink-3">{t("settings.plugins.noMatch")}</p>
      )}
      <List title={t("settings.plugins.installed")} plugins={installed} onShow={setShown} />
      <List title={t("settings.plugins.available")} plugins={available} onShow={setShown} />
      <Marketplaces />
      {shown && <PluginDialog plugin={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function List(props: { title: string; plugins: readonly Plugin[]; onShow: (plugin: Plugin) => void }) {
  if (props.plugins.length === 0) return null;
  return (
    <section aria-label={props.title} className="mt-6">
      <h2 className="text-base font-semibold">{props.title}</h2>
      <ul className="mt-2 flex flex-col gap-3">
        {props.plugins.map((plugin) => (
          <li key={plugin.id}>
            <Line plugin={plugin} onShow={() => props.onShow(plugin)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({ plugin, onShow }: { plugin: Plugin; onShow: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const enable = useChange(api.settings.enablePlugin);
  const remove = useChange(api.settings.removePlugin);
  return (
    <article aria-label={plugin.title} className="rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="text-sm font-medium">
            <Untrusted text={plugin.title} />
          </p>
          <p className="text-sm text-ink-2">
            <Untrusted text={plugin.about} />
          </p>
          <p className="text-xs text-ink-3">
            {plugin.version && <>{t("settings.plugins.version", { version: plugin.version })} · </>}
            <Untrusted text={plugin.marketplace} />
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {plugin.installed ? (
            <>
              <Button size="sm" onClick={onShow}>
                {t("settings.plugins.look")}
              </Button>
              <Button size="sm" look="danger" onClick={() => setAsking(true)}>
                {t("settings.plugins.remove")}
              </Button>
            </>
          ) : plugin.unavailable ? (
            <p className="max-w-60 text-xs text-ink-3">
              <Untrusted text={plugin.unavailable} />
            </p>
          ) : (
            <Button
              size="sm"
              aria-label={`${t("settings.plugins.install")} ${plugin.title}`}
              onClick={onShow}
            >
              {t("settings.plugins.install")}
            </Button>
          )}
        </div>
      </div>
      {plugin.installed && (
        <div className="mt-3">
          <Switch
            label={t("settings.plugins.enabled")}
            checked={plugin.enabled}
            onChange={(enabled) => enable.mutate({ id: plugin.id, enabled })}
          />
        </div>
      )}
      {plugin.installed && !plugin.unchanged && (
        <Note level="warning" className="mt-3">
          {t("settings.plugins.changedOnDisk")}
        </Note>
      )}
      {enable.isError && <ProblemNote error={enable.error} className="mt-3" />}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger
        title={t("settings.plugins.removeAsk", { name: plugin.title })}
        action={t("settings.plugins.remove")}
        onConfirm={async () => void (await remove.mutateAsync(plugin.id))}
      >
        {t("settings.plugins.removeAbout")}
        {remove.isError && <ProblemNote error={remove.error} className="mt-2" />}
      </Confirm>
    </article>
  );
}

function Marketplaces() {
  const { t } = useTranslation();
  const list = useSetting("marketplaces", api.settings.marketplaces);
  const [source, setSource] = useState("");
  const add = useChange(api.settings.addMarketplace);
  return (
    <section aria-label={t("settings.plugins.marketplaces")} className="mt-8">
      <h2 className="text-base font-semibold">{t("settings.plugins.marketplaces")}</h2>
      {list.isError && <ProblemNote error={list.error} className="mt-2" />}
      {list.data?.length === 0 && (
        <p className="mt-1 text-sm text-ink-3">{t("settings.plugins.noMarketplaces")}</p>
      )}
      <ul className="mt-2 flex flex-col gap-2">
        {list.data?.map((marketplace) => (
          <li key={marketplace.name}>
            <MarketplaceLine marketplace={marketplace} />
          </li>
        ))}
      </ul>
      <form
        className="mt-4 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (source.trim() === "") return;
          add.mutate(source.trim(), { onSuccess: () => setSource("") });
        }}
      >
        <TextField
          className="min-w-0 flex-1"
          label={t("settings.plugins.source")}
          hint={t("settings.plugins.sourceAbout")}
          value={source}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setSource(event.target.value)}
        />
        <Button type="submit" className="mb-5" busy={add.isPending} disabled={source.trim() === ""}>
          {t("settings.plugins.addMarketplace")}
        </Button>
      </form>
      <JobLine id="marketplace" label={t("settings.plugins.addMarketplace")} whileItRuns />
      {add.isError && <ProblemNote error={add.error} className="mt-2" />}
    </section>
  );
}

function MarketplaceLine({ marketplace }: { marketplace: Marketplace }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const update = useChange(api.settings.updateMarketplace);
  const remove = useChange(api.settings.removeMarketplace);
  const removeWords = t("settings.plugins.removeMarketplace", { name: marketplace.name });
  return (
    <div className="rounded-lg border bg-surface px-4 py-2.5">
      <div className="flex items-center gap-2">
        <div className="min-w-0 flex-1">
          <p className="text-sm font-medium">
            <Untrusted text={marketplace.name} />{" "}
            <span className="text-xs font-normal text-ink-3">
              ·{" "}
              {marketplace.plugins == null
                ? t("settings.plugins.broken")
                : t("settings.plugins.count", { count: marketplace.plugins })}
            </span>
          </p>
          <p className="truncate text-xs text-ink-3" title={marketplace.source}>
            <Untrusted text={marketplace.source} />
          </p>
        </div>
        <Button
          size="sm"
          icon={<RefreshCw aria-hidden />}
          busy={update.isPending}
          onClick={() => update.mutate(marketplace.name)}
        >
          {t("settings.plugins.update")}
        </Button>
        <IconButton label={removeWords} onClick={() => setAsking(true)}>
          <Trash2 aria-hidden />
        </IconButton>
      </div>
      <JobLine id={`marketplace:${marketplace.name}`} label={t("settings.plugins.update")} whileItRuns />
      {update.isError && <ProblemNote error={update.error} className="mt-2" />}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger
        title={`${removeWords}?`}
        action={t("settings.plugins.remove")}
        onConfirm={async () => void (await remove.mutateAsync(marketplace.name))}
      >
        {t("settings.plugins.removeMarketplaceAbout")}
        {remove.isError && <ProblemNote error={remove.error} className="mt-2" />}
      </Confirm>
    </div>
  );
}
