import { Ban, ChevronDown, CircleCheck, Globe } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/endpoints";
import { useTasks } from "~/api/queries";
import type { NetworkEntry } from "~/api/types";
import { bytes, dateAndTime } from "~/format/numbers";
import {
  Button,
  Checkbox,
  Empty,
  Loading,
  Menu,
  MenuChoices,
  ProblemNote,
  Scrollable,
  Untrusted,
} from "~/kit";
import { useTranslation } from "~/messages";
import { useSetting } from "../useSetting";

/** What is of no task: what connectors and downloads of plugins ask for. */
const CONNECTORS = "connectors";

/** Every request to the network, let through or refused. */
export function Network() {
  const { t } = useTranslation();
  const ledger = useSetting("network", () => api.settings.network());
  const tasks = useTasks();
  const [task, setTask] = useState("");
  const [refused, setRefused] = useState(false);
  if (ledger.isPending) return <Loading />;
  if (ledger.isError) return <ProblemNote error={ledger.error} />;
  if (ledger.data.length === 0) {
    return (
      <Empty icon={<Globe aria-hidden />} title={t("settings.network.none")}>
        {t("settings.network.noneAbout")}
      </Empty>
    );
  }
  const title = (id: string) =>
    id === CONNECTORS
      ? t("settings.network.connectors")
      : (tasks.data?.find((task) => task.id === id)?.title ?? id);
  const shown = ledger.data.filter(
    (line) => (task === "" || line.task === task) && (!refused || !line.allowed),
  );
  const known = [...new Set(ledger.data.map((line) => line.task))];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-6 gap-y-2">
        <Menu
          wide
          label={t("settings.network.of")}
          trigger={
            <Button size="sm" className="max-w-full">
              <span className="truncate">{task === "" ? t("settings.network.all") : title(task)}</span>
              <ChevronDown aria-hidden />
            </Button>
          }
        >
          <MenuChoices
            value={task}
            onChange={setTask}
            choices={["", ...known].map((value) => ({
              value,
              title: value === "" ? t("settings.network.all") : title(value),
            }))}
          />
        </Menu>
        <Checkbox label={t("settings.network.onlyRefused")} checked={refused} onChange={setRefused} />
      </div>
      {shown.length === 0 && <p className="py-6 text-sm text-ink-3">{t("settings.network.noMatch")}</p>}
      {shown.length > 0 && <Requests lines={shown} title={title} />}
    </>
  );
}

function Requests({ lines, title }: { lines: readonly NetworkEntry[]; title: (task: string) => string }) {
  const { t } = useTranslation();
  return (
    <Scrollable
      label={t("settings.network.requests")}
      className="overflow-x-auto rounded-lg border bg-surface"
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-ink-3">
            <th scope="col" className="px-3 py-2 font-medium">
              {t("settings.network.when")}
            </th>
            <th scope="col" className="px-3 py-2 font-medium">
              {t("settings.network.request")}
            </th>
            <th scope="col" className="px-3 py-2 text-right font-medium">
              {t("settings.network.bytes")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a ledger only grows at its beginning, and is drawn anew then
            <tr key={index} className="border-t align-top">
              <td className="px-3 py-2 whitespace-nowrap text-ink-3">{dateAndTime(line.at)}</td>
              <td className="px-3 py-2">
                <p className="flex items-start gap-1.5 [overflow-wrap:anywhere]">
                  {line.allowed ? (
                    <CircleCheck
                      className="mt-0.5 size-4 shrink-0 text-ok"
                      aria-label={t("settings.network.allowed")}
                    />
                  ) : (
                    <Ban
                      className="mt-0.5 size-4 shrink-0 text-bad"
                      aria-label={t("settings.network.refused")}
                    />
                  )}
                  <span>
                    {line.method} <Untrusted text={line.url} />
                    {line.status != null && <span className="text-ink-3"> · {line.status}</span>}
                  </span>
                </p>
                <p className="text-xs text-ink-3">
                  {line.reason} ·{" "}
                  {line.task === CONNECTORS ? (
                    title(line.task)
                  ) : (
                    <Link href={`/tasks/${line.task}`} className="underline">
                      {title(line.task)}
                    </Link>
                  )}
                </p>
              </td>
              <td className="px-3 py-2 text-right whitespace-nowrap text-ink-3">
                {t("settings.network.moved", { sent: bytes(line.sent), received: bytes(line.received) })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}
