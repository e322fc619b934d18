import { useId } from "react";
import { api } from "~/api/endpoints";
import type { ConnectorTool, ToolRule } from "~/api/types";
import { Button, Checkbox, Dialog, Loading, Menu, MenuChoices, Note, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

const RULES = ["policy", "ask", "allow", "block"] as const;

/** The tools of a connector: what each claims to do, whether it is as approved, and what may be done with it. */
export function ConnectorTools({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const page = useSetting(`connector ${name}`, () => api.settings.connector(name));
  const approve = useChange(api.settings.approveTools);
  const setBook = useChange(api.settings.setAddressBook);
  const start = useChange(api.settings.startConnector);
  const setSampling = useChange(api.settings.setSampling);
  const book = page.data?.connector.address_book ?? false;
  const canBeBook = book || page.data?.tools.some(({ records }) => records === "possible");
  const unapproved = page.data?.tools.filter(({ standing }) => standing !== "approved") ?? [];
  const doubtful = unapproved.filter(({ cautions }) => cautions.length > 0).length;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="lg"
      title={t("settings.connectors.page.title", { name: page.data?.connector.title ?? name })}
      about={t("settings.connectors.page.about", { name: page.data?.connector.title ?? name })}
    >
      {page.isPending && <Loading />}
      {page.isError && <ProblemNote error={page.error} />}
      {page.data && (
        <>
          {page.data.connector.detail && (
            <Note className="mb-3">
              <Untrusted text={page.data.connector.detail} lines />
            </Note>
          )}
          {!page.data.started && page.data.connector.state === "pending" && (
            <Note
              className="mb-4"
              actions={
                <Button size="sm" busy={start.isPending} onClick={() => start.mutate(name)}>
                  {t("settings.connectors.page.start")}
                </Button>
              }
            >
              {t("settings.connectors.page.notStarted")}{" "}
              <span className="font-mono text-xs [overflow-wrap:anywhere]">
                <Untrusted text={page.data.connector.address} />
              </span>
            </Note>
          )}
          {start.isError && <ProblemNote error={start.error} className="mb-3" />}
          {page.data.instructions && (
            <Note className="mb-4" title={t("settings.connectors.page.says")}>
              <Untrusted text={page.data.instructions} lines />
            </Note>
          )}
          {unapproved.length > 0 && (
            <Note
              level="warning"
              className="mb-4"
              actions={
                <Button size="sm" busy={approve.isPending} onClick={() => approve.mutate(name)}>
                  {t("settings.connectors.page.approve")}
                </Button>
              }
            >
              {unapproved.some(({ standing }) => standing === "changed")
                ? t("settings.connectors.page.changedAbout")
                : t("settings.connectors.page.newAbout")}{" "}
              {doubtful > 0 && <strong>{t("settings.connectors.page.caution", { count: doubtful })}</strong>}
            </Note>
          )}
          {approve.isError && <ProblemNote error={approve.error} className="mb-3" />}
          {canBeBook && (
            <div className="mb-4">
              <Checkbox
                label={t("settings.connectors.page.book")}
                detail={t("settings.connectors.page.bookAbout")}
                checked={
                  setBook.isPending || (setBook.isSuccess && page.isFetching) ? setBook.variables.on : book
                }
                onChange={(on) => setBook.mutate({ name, on })}
              />
            </div>
          )}
          {page.data.connector.state !== "pending" && (
            <div className="mb-4">
              <Checkbox
                label={t("settings.connectors.page.sampling")}
                detail={t("settings.connectors.page.samplingAbout")}
                checked={
                  setSampling.isPending || (setSampling.isSuccess && page.isFetching)
                    ? setSampling.variables.on
                    : (page.data.connector.sampling ?? false)
                }
                onChange={(on) => setSampling.mutate({ name, on })}
              />
            </div>
          )}
          {setSampling.isError && <ProblemNote error={setSampling.error} className="mb-3" />}
          {setBook.isError && <ProblemNote error={setBook.error} className="mb-3" />}
          {page.data.tools.length === 0 && (
            <p className="text-sm text-ink-3">{t("settings.connectors.page.none")}</p>
          )}
          {page.data.news.map((news) => (
            <p key={news} className="mb-3 text-sm text-ink-2">
              <Untrusted text={news} />
            </p>
          ))}
          <ul className="divide-y">
            {page.data.tools.map((tool) => (
              <li key={tool.name} className="py-3 first:pt-0">
                <Tool connector={name} tool={tool} />
              </li>
            ))}
          </ul>
          {page.data.left_out.length > 0 && (
            <>
              <h3 className="mt-4 text-sm font-semibold">{t("settings.connectors.page.leftOut")}</h3>
              <ul className="mt-1 list-disc pl-5 text-sm text-ink-2">
                {page.data.left_out.map((why) => (
                  <li key={why}>
                    <Untrusted text={why} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </Dialog>
  );
}

/** What to know of a tool's words: above its difference, where the eye is when it is approved. */
function Cautions({ tool }: { tool: ConnectorTool }) {
  const { t } = useTranslation();
  const title = useId();
  if (tool.cautions.length === 0) return null;
  const words = tool.standing === "approved" ? "known" : "careful";
  return (
    <section aria-labelledby={title}>
      <Note
        level="warning"
        className="mt-2"
        title={
          <h3 id={title}>
            <Untrusted text={t(`settings.connectors.page.${words}`, { tool: tool.title || tool.name })} />
          </h3>
        }
      >
        <ul className="list-disc pl-5">
          {tool.cautions.map((caution) => (
            <li key={caution}>
              <Untrusted text={caution} />
            </li>
          ))}
        </ul>
      </Note>
    </section>
  );
}

function Tool({ connector, tool }: { connector: string; tool: ConnectorTool }) {
  const { t } = useTranslation();
  const set = useChange(api.settings.setTool);
  const chosen = t(`settings.connectors.rule.${tool.rule}.title`);
  const label = t("settings.connectors.page.rule", { tool: tool.name, rule: chosen });
  return (
    <div className="flex items-start gap-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium">
            <Untrusted text={tool.title || tool.name} />
          </span>
          <span className="rounded-sm bg-hover px-1.5 text-xs text-ink-2">
            {tool.reads ? t("settings.connectors.page.reads") : t("settings.connectors.page.acts")}
          </span>
          {tool.records === "counted" && (
            <span className="rounded-sm bg-hover px-1.5 text-xs text-ink-2">
              {t("settings.connectors.page.inBook")}
            </span>
          )}
          {tool.standing !== "approved" && (
            <span className="rounded-sm bg-warn-soft px-1.5 text-xs text-warn">
              {t(`settings.connectors.page.${tool.standing}`)}
            </span>
          )}
        </p>
        <p className="line-clamp-4 text-sm text-ink-2">
          <Untrusted text={tool.description} lines />
        </p>
        <Cautions tool={tool} />
        {tool.changes.length > 0 && (
          <table className="mt-2 w-full table-fixed text-left text-xs">
            <thead className="text-ink-3">
              <tr>
                <td className="w-1/5" />
                <th className="font-medium">{t("settings.connectors.page.before")}</th>
                <th className="font-medium">{t("settings.connectors.page.after")}</th>
              </tr>
            </thead>
            <tbody>
              {tool.changes.map((change) => (
                <tr key={change.place} className="border-t align-top [overflow-wrap:anywhere]">
                  <th className="py-1 pr-2 font-mono font-normal text-ink-3">{change.place}</th>
                  <td className="bg-bad-soft px-1 py-1">
                    <Untrusted text={change.before ?? t("settings.connectors.page.nothing")} lines />
                  </td>
                  <td className="bg-ok-soft px-1 py-1">
                    <Untrusted text={change.after ?? t("settings.connectors.page.nothing")} lines />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {set.isError && <ProblemNote error={set.error} className="mt-2" />}
      </div>
      <Menu
        align="end"
        wide
        label={label}
        trigger={
          <Button size="sm" aria-label={label}>
            {chosen}
          </Button>
        }
      >
        <MenuChoices
          value={tool.rule}
          onChange={(rule) => set.mutate({ name: connector, tool: tool.name, rule: rule as ToolRule })}
          choices={RULES.map((value) => ({
            value,
            title: t(`settings.connectors.rule.${value}.title`),
            detail: t(`settings.connectors.rule.${value}.detail`),
          }))}
        />
      </Menu>
    </div>
  );
}
