import { useId, useRef, useState } from "react";
import { api } from "~/api/endpoints";
import type { DirectoryEntry } from "~/api/types";
import {
  Button,
  Checkbox,
  Dialog,
  ProblemNote,
  Radios,
  TextArea,
  TextField,
  Untrusted,
  Verbatim,
} from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";
import { type ConnectorForm, emptyConnector, payloadOf, type Wrong, wordsOf, wrongWith } from "./connector";

/** Adds a connector: one of the directory, or any other by its address or command. */
export function ConnectorDialog(props: {
  taken: readonly string[];
  onClose: () => void;
  onAdded: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [form, setForm] = useState<ConnectorForm>(emptyConnector);
  const [wrong, setWrong] = useState<Wrong>({});
  const id = useId();
  const frame = useRef<HTMLFormElement>(null);
  const add = useChange(api.settings.addConnector);
  const set = (part: Partial<ConnectorForm>) => setForm((now) => ({ ...now, ...part }));
  const submit = async () => {
    const found = wrongWith(form, props.taken);
    setWrong(found);
    if (Object.keys(found).length > 0) {
      setTimeout(() => frame.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    const page = await add.mutateAsync(payloadOf(form));
    props.onAdded(page.connector.name);
  };
  const words = (field: keyof Wrong) => {
    const what = wrong[field];
    return what && t(`settings.connectors.dialog.wrong.${what}`);
  };
  const command = wordsOf(form.command);
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      size="lg"
      title={t("settings.connectors.dialog.title")}
      actions={
        <>
          <Button onClick={props.onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" form={id} look="primary" busy={add.isPending}>
            {t("settings.connectors.dialog.submit")}
          </Button>
        </>
      }
    >
      <Directory
        taken={props.taken}
        onTake={(entry) => {
          setWrong({});
          set({
            name: entry.name,
            kind: entry.local ? "program" : "address",
            url: entry.local ? "" : entry.address,
            command: entry.local ? entry.address : "",
          });
          setTimeout(() => frame.current?.scrollIntoView({ block: "nearest" }));
        }}
      />
      <h3 className="mt-5 mb-2 text-sm font-semibold">{t("settings.connectors.dialog.own")}</h3>
      <form
        id={id}
        ref={frame}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit().catch(() => {});
        }}
      >
        <TextField
          label={t("settings.connectors.dialog.name")}
          hint={t("settings.connectors.dialog.nameAbout")}
          value={form.name}
          error={words("name")}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => set({ name: event.target.value })}
        />
        <Radios
          label={t("settings.connectors.dialog.kind")}
          value={form.kind}
          onChange={(kind) => set({ kind })}
          options={(["address", "program"] as const).map((value) => ({
            value,
            title: t(`settings.connectors.dialog.kinds.${value}.title`),
            detail: t(`settings.connectors.dialog.kinds.${value}.detail`),
          }))}
        />
        {form.kind === "address" ? (
          <TextField
            label={t("settings.connectors.dialog.url")}
            hint={t("settings.connectors.dialog.urlAbout")}
            value={form.url}
            error={words("url")}
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => set({ url: event.target.value })}
          />
        ) : (
          <>
            <TextField
              label={t("settings.connectors.dialog.command")}
              hint={t("settings.connectors.dialog.commandAbout")}
              value={form.command}
              error={words("command")}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => set({ command: event.target.value })}
            />
            <TextArea
              label={t("settings.connectors.dialog.folders")}
              hint={t("settings.connectors.dialog.foldersAbout")}
              rows={2}
              spellCheck={false}
              value={form.folders}
              onChange={(event) => set({ folders: event.target.value })}
            />
            <Checkbox
              label={t("settings.connectors.dialog.network")}
              detail={t("settings.connectors.dialog.networkAbout")}
              checked={form.network}
              onChange={(network) => set({ network })}
            />
            {command.length > 0 && (
              <div>
                <p className="mb-1 text-xs text-ink-3">{t("settings.connectors.dialog.willRun")}</p>
                <Verbatim label={t("settings.connectors.dialog.willRun")} className="bg-sunken p-3">
                  {command.map((word, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: words of one line
                    <div key={index} className="[overflow-wrap:anywhere]">
                      <Untrusted text={word} />
                    </div>
                  ))}
                </Verbatim>
              </div>
            )}
          </>
        )}
        {add.isError && <ProblemNote error={add.error} />}
      </form>
    </Dialog>
  );
}

function Directory(props: { taken: readonly string[]; onTake: (entry: DirectoryEntry) => void }) {
  const { t } = useTranslation();
  const directory = useSetting("directory", api.settings.directory);
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLocaleLowerCase();
  const found = directory.data?.filter((entry) =>
    `${entry.name} ${entry.title} ${entry.category} ${entry.about}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <section aria-label={t("settings.connectors.dialog.directory")}>
      <TextField
        label={t("settings.connectors.dialog.search")}
        type="search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {directory.isError && <ProblemNote error={directory.error} className="mt-2" />}
      {found?.length === 0 && (
        <p className="mt-2 text-sm text-ink-3">{t("settings.connectors.dialog.noMatch")}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ul tabIndex={0} className="mt-2 max-h-56 divide-y overflow-y-auto rounded-lg border">
        {found?.map((entry) => (
          <li key={entry.name} className="flex items-center gap-3 px-3 py-2">
            <div className="min-w-0 flex-1">
              <p className="text-sm">
                <span className="font-medium">{entry.title}</span>{" "}
                <span className="text-xs text-ink-3">· {entry.category}</span>
              </p>
              <p className="text-xs text-ink-2">{entry.about}</p>
              {entry.needs !== "" && <p className="text-xs text-ink-3">{entry.needs}</p>}
            </div>
            {props.taken.includes(entry.name) ? (
              <span className="text-xs text-ink-3">{t("settings.connectors.dialog.added")}</span>
            ) : (
              <Button
                size="sm"
                aria-label={`${t("settings.connectors.dialog.choose")} ${entry.title}`}
                onClick={() => props.onTake(entry)}
              >
                {t("settings.connectors.dialog.choose")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
