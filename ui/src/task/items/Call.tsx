import { useQuery } from "@tanstack/react-query";
import { GitBranch } from "lucide-react";
import type { ReactNode } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { Decision } from "~/api/types";
import { Button, cx, Loading, ProblemNote, Untrusted, Verbatim } from "~/kit";
import { useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import type { Tool } from "../model/rows";

/** All of one use of a tool, as it is in the log; `changed` is the event it ended with. */
export function Call({ tool, changed }: { tool: Tool; changed: number }) {
  const { t } = useTranslation();
  const { task, live, branch } = useTaskContext();
  const printed = useStore(live).output[tool.call];
  const open = tool.state === "running" || tool.state === "waiting";
  const detail = useQuery({
    // What is over does not change any more.
    queryKey: [...keys.call(task, tool.call), tool.state],
    queryFn: () => api.tasks.call(task, tool.call),
    staleTime: open ? 0 : Number.POSITIVE_INFINITY,
  });
  return (
    <div className="mb-2 ml-8 flex flex-col gap-3 rounded-lg border bg-surface p-3 text-sm">
      {detail.isPending && <Loading label={t("task.call.loading")} />}
      {detail.isError && <ProblemNote error={detail.error} />}
      {detail.data && (
        <>
          <Part title={`${t("task.call.arguments")} · ${detail.data.tool}`}>
            <Raw label={t("task.call.arguments")} text={argumentsText(detail.data.input)} />
          </Part>
          {open && printed ? (
            <Part title={t("task.call.output")}>
              <Raw label={t("task.call.output")} text={printed} />
            </Part>
          ) : (
            <Part title={t("task.call.result")}>
              {detail.data.result === "" ? (
                <p className="text-ink-3">{t("task.call.noResult")}</p>
              ) : (
                <Raw label={t("task.call.result")} text={detail.data.result} />
              )}
              {detail.data.cut && <p className="mt-1 text-xs text-ink-3">{t("task.call.cut")}</p>}
            </Part>
          )}
          {detail.data.decisions.length > 0 && (
            <Part title={t("task.call.decisions")}>
              <ul className="flex flex-col gap-1.5">
                {detail.data.decisions.map((decision, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: decisions are only ever added at the end
                  <li key={index}>
                    <Judged decision={decision} />
                  </li>
                ))}
              </ul>
            </Part>
          )}
          {(tool.tier === "vm" || tool.tier === "os") && (
            <p className="text-xs text-ink-3">{t(`task.call.tier.${tool.tier}`)}</p>
          )}
          {!open && (
            <Button
              look="quiet"
              size="sm"
              className="self-start"
              icon={<GitBranch aria-hidden />}
              onClick={() => branch({ kind: "branch", before: changed + 1 })}
            >
              {t("task.message.branch")}
            </Button>
          )}
        </>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <p className="mb-1 text-xs font-medium text-ink-3">{title}</p>
      {children}
    </div>
  );
}

function Raw({ label, text }: { label: string; text: string }) {
  return (
    <Verbatim label={label} className="max-h-72 bg-sunken p-2.5">
      <pre className="whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Untrusted text={text} prose />
      </pre>
    </Verbatim>
  );
}

const looks = { allow: "text-ok", ask: "text-warn", deny: "text-bad" };

function Judged({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const verdict = decision.verdict === "ask" || decision.verdict === "deny" ? decision.verdict : "allow";
  return (
    <p className="[overflow-wrap:anywhere]">
      <span className={cx("font-medium", looks[verdict])}>{t(`task.call.verdict.${verdict}`)}</span>
      {": "}
      <Untrusted text={decision.reason} lines />{" "}
      <span className="text-xs text-ink-3">{t("task.call.rule", { rule: decision.rule })}</span>
    </p>
  );
}

/** Arguments as a person reads them: one per line; long texts as they are and not escaped. */
function argumentsText(input: unknown): string {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return JSON.stringify(input, null, 2) ?? "";
  return Object.entries(input)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value, null, 2)}`)
    .join("\n");
}
