import { Circle, CircleCheckBig, CircleDot } from "lucide-react";
import type { FileRef, PlanStep, TaskPage } from "~/api/types";
import { cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import { FileMark } from "../FileMark";
import { Changes } from "./Changes";
import { ContextPart } from "./ContextPart";
import { CostPart } from "./CostPart";
import { Quiet, Section } from "./Section";

/** What stands beside the conversation: how far it is, what came of it, what it touches, what it costs. */
export function RailView({ page }: { page: TaskPage }) {
  const { rail } = page;
  return (
    <div>
      <Progress plan={rail.plan} />
      <OutputList files={rail.outputs} />
      <Changes page={page} />
      <ContextPart page={page} />
      <CostPart cost={rail.cost} />
    </div>
  );
}

const marks = {
  pending: { icon: Circle, look: "text-line-strong" },
  in_progress: { icon: CircleDot, look: "text-accent" },
  completed: { icon: CircleCheckBig, look: "text-ok" },
};

function Progress({ plan }: { plan: readonly PlanStep[] }) {
  const { t } = useTranslation();
  const done = plan.filter(({ status }) => status === "completed").length;
  const note = plan.length > 0 ? t("task.rail.progressOf", { done, total: plan.length }) : undefined;
  return (
    <Section title={t("task.rail.progress")} note={note}>
      {plan.length === 0 && <Quiet>{t("task.rail.noPlan")}</Quiet>}
      <ol className="flex flex-col gap-1.5">
        {plan.map((step, index) => {
          const status =
            step.status === "completed" || step.status === "in_progress" ? step.status : "pending";
          const { icon: Icon, look } = marks[status];
          return (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: a step of the plan is its place in it
              key={index}
              className="flex items-start gap-2 text-sm"
              aria-current={status === "in_progress" ? "step" : undefined}
            >
              <Icon
                role="img"
                aria-label={t(`task.rail.step.${status}`)}
                className={cx("mt-0.5 size-4 shrink-0", look)}
              />
              <span
                className={cx(
                  "min-w-0 [overflow-wrap:anywhere]",
                  status === "in_progress" && "font-medium",
                  status === "pending" && "text-ink-2",
                )}
              >
                <Untrusted text={step.text} />
              </span>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

function OutputList({ files }: { files: readonly FileRef[] }) {
  const { t } = useTranslation();
  const { open } = useTaskContext();
  return (
    <Section title={t("task.rail.outputs")} note={files.length > 1 ? files.length : undefined}>
      {files.length === 0 && <Quiet>{t("task.rail.noOutputs")}</Quiet>}
      <ul className="-mx-2">
        {files.map((file) => (
          <li key={file.path}>
            <button
              type="button"
              title={file.place}
              aria-label={t("task.open", { name: file.name })}
              onClick={() => open({ kind: "file", path: file.path })}
              className="flex w-full items-center gap-2.5 rounded-md px-2 py-1 text-left text-sm hover:bg-hover"
            >
              <FileMark name={file.name} small />
              <span className="truncate">
                <Untrusted text={file.name} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
