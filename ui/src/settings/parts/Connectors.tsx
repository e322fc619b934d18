import { Cable, KeyRound, Package, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { api } from "~/api/endpoints";
import type { BundlePage, Connector } from "~/api/types";
import { Button, Confirm, cx, Empty, Loading, ProblemNote, toast, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";
import { BundleDialog } from "./BundleDialog";
import { ConnectorDialog } from "./ConnectorDialog";
import { ConnectorTools } from "./ConnectorTools";

const looks: Record<string, string> = {
  connected: "bg-ok-soft text-ok",
  failed: "bg-bad-soft text-bad",
  "needs-sign-in": "bg-warn-soft text-warn",
  "not-configured": "bg-warn-soft text-warn",
  pending: "bg-warn-soft text-warn",
};

/** Programs and services tasks may use: how each stands, its tools, signing in. */
export function Connectors() {
  const { t } = useTranslation();
  const connectors = useSetting("connectors", api.settings.connectors);
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<string>();
  if (connectors.isPending) return <Loading />;
  if (connectors.isError) return <ProblemNote error={connectors.error} />;
  return (
    <>
      {connectors.data.length === 0 ? (
        <Empty icon={<Cable aria-hidden />} title={t("settings.connectors.none")}>
          {t("settings.connectors.noneAbout")}
        </Empty>
      ) : (
        <ul className="flex flex-col gap-3">
          {connectors.data.map((connector) => (
            <li key={connector.name}>
              <Line connector={connector} onTools={() => setShown(connector.name)} />
            </li>
          ))}
        </ul>
      )}
      <Button className="mt-4" look="primary" icon={<Plus aria-hidden />} onClick={() => setAdding(true)}>
        {t("settings.connectors.add")}
      </Button>
      <BundleButton
        onAdded={(name) => {
          void connectors.refetch();
          setShown(name);
        }}
      />
      {adding && (
        <ConnectorDialog
          taken={connectors.data.map(({ name }) => name)}
          onClose={() => setAdding(false)}
          onAdded={(name) => {
            setAdding(false);
            setShown(name);
          }}
        />
      )}
      {shown !== undefined && (
        <ConnectorTools
          name={shown}
          onClose={() => {
            setShown(undefined);
            // It was reached for that: how it stands may be known better now.
            void connectors.refetch();
          }}
        />
      )}
    </>
  );
}

/** Chooses a bundle's file, and installs it. */
function BundleButton({ onAdded }: { onAdded: (name: string) => void }) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  const [bundle, setBundle] = useState<BundlePage>();
  const open = useChange(api.settings.openBundle);
  return (
    <>
      <Button
        className="mt-4 ml-2"
        icon={<Package aria-hidden />}
        busy={open.isPending}
        onClick={() => file.current?.click()}
      >
        {t("settings.connectors.bundle.choose")}
      </Button>
      <input
        ref={file}
        type="file"
        accept=".mcpb,.dxt"
        className="hidden"
        aria-label={t("settings.connectors.bundle.choose")}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) open.mutate(chosen, { onSuccess: setBundle });
        }}
      />
      {open.isError && <ProblemNote error={open.error} className="mt-3" />}
      {bundle && (
        <BundleDialog
          bundle={bundle}
          onClose={() => setBundle(undefined)}
          onAdded={(name) => {
            setBundle(undefined);
            onAdded(name);
          }}
        />
      )}
    </>
  );
}

function Line({ connector, onTools }: { connector: Connector; onTools: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const remove = useChange(api.settings.removeConnector);
  const signIn = useChange(api.settings.signIn);
  const signOut = useChange(api.settings.signOut);
  return (
    <div className="rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
            <Untrusted text={connector.title} />
            <span
              className={cx("rounded-sm px-1.5 text-xs", looks[connector.state] ?? "bg-hover text-ink-2")}
            >
              {t(`settings.connectors.state.${connector.state}`)}
            </span>
            {connector.changed > 0 && (
              <span className="rounded-sm bg-warn-soft px-1.5 text-xs text-warn">
                {t("settings.connectors.changed", { count: connector.changed })}
              </span>
            )}
          </p>
          <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">
            <Untrusted text={connector.address} />
            {connector.plugin && <> · {t("settings.connectors.fromPlugin", { plugin: connector.plugin })}</>}
          </p>
          <p className="text-xs text-ink-3">
            {t("settings.connectors.tools", { count: connector.tools })}
            {connector.address_book && <> · {t("settings.connectors.addressBook")}</>}
            {connector.sampling && <> · {t("settings.connectors.sampling")}</>}
            {connector.confinement && <> · {connector.confinement}</>}
          </p>
          {connector.detail && (
            <p className="mt-1 text-sm text-ink-2">
              <Untrusted text={connector.detail} lines />
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          {connector.sign_in === "possible" && (
            <Button
              size="sm"
              icon={<KeyRound aria-hidden />}
              busy={signIn.isPending}
              onClick={() =>
                signIn.mutate(connector.name, {
                  onSuccess: () => toast({ level: "info", text: t("settings.connectors.signInOpened") }),
                })
              }
            >
              {t("settings.connectors.signIn")}
            </Button>
          )}
          {connector.sign_in === "done" && (
            <Button size="sm" busy={signOut.isPending} onClick={() => signOut.mutate(connector.name)}>
              {t("settings.connectors.signOut")}
            </Button>
          )}
          <Button size="sm" onClick={onTools}>
            {t("settings.connectors.change")}
          </Button>
          {!connector.plugin && (
            <Button size="sm" look="danger" onClick={() => setAsking(true)}>
              {t("settings.connectors.remove")}
            </Button>
          )}
        </div>
      </div>
      {[remove, signIn, signOut].map(
        (change, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: always the same three
          change.isError && <ProblemNote key={index} error={change.error} className="mt-3" />,
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger
        title={t("settings.connectors.removeAsk", { name: connector.title })}
        action={t("settings.connectors.remove")}
        onConfirm={async () => void (await remove.mutateAsync(connector.name))}
      >
        {t("settings.connectors.removeAbout")}
      </Confirm>
    </div>
  );
}
