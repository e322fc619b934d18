import { Boxes, Folder, Globe, Plug, ScrollText, ShieldAlert, ShieldCheck, Sparkle } from "lucide-react";
import type { ReactNode } from "react";
import type { TaskPage } from "~/api/types";
import { Button, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import { Section } from "./Section";

/** What the task sees and uses: folders, where code ran, connectors, skills, instructions, and what others could have written. */
export function ContextPart({ page }: { page: TaskPage }) {
  const { t } = useTranslation();
  const { open } = useTaskContext();
  const { context } = page.rail;
  return (
    <Section title={t("task.rail.context")}>
      <dl className="flex flex-col gap-2.5 text-sm">
        <Line icon={<Folder aria-hidden />} name={t("task.rail.folders")}>
          {context.folders.length === 0 && t("task.rail.noFolders")}
          {context.folders.map((folder) => (
            <span key={folder.name} className="block truncate" title={folder.place}>
              <Untrusted text={folder.name} />{" "}
              <span className="text-ink-3">
                ·{" "}
                {folder.name === "outputs"
                  ? t("task.rail.ownFolder")
                  : t(`home.permission.${folder.mode}.short`)}
              </span>
            </span>
          ))}
        </Line>
        <Line icon={<Boxes aria-hidden />} name={t("task.rail.ran")}>
          {context.ran.length === 0 && t("task.rail.ranNone")}
          {context.ran.map(({ name, count }) => (
            <span key={name} className="block">
              {name === "vm" || name === "os" ? t(`task.rail.ranIn.${name}`, { count }) : `${count}× ${name}`}
            </span>
          ))}
        </Line>
        <Line icon={<ShieldCheck aria-hidden />} name={t("task.rail.mode")}>
          {t(`home.mode.${page.head.mode}.title`)}
        </Line>
        {context.connectors.length > 0 && (
          <Line icon={<Plug aria-hidden />} name={t("task.rail.connectors")}>
            {context.connectors.map(({ name, count }) => (
              <Used key={name} name={name} count={count} />
            ))}
          </Line>
        )}
        {context.skills.length > 0 && (
          <Line icon={<Sparkle aria-hidden />} name={t("task.rail.skills")}>
            {context.skills.map(({ name, plugin, count }) => (
              <Used key={`${name} ${plugin}`} name={name} count={count} from={plugin ?? name} />
            ))}
          </Line>
        )}
        {context.network.length > 0 && (
          <Line icon={<Globe aria-hidden />} name={t("task.rail.network")}>
            {context.network.map(({ name, count }) => (
              <Used key={name} name={name} count={count} />
            ))}
          </Line>
        )}
        {context.instructions.length > 0 && (
          <Line icon={<ScrollText aria-hidden />} name={t("task.rail.instructions")}>
            {context.instructions.map(({ from, trusted }) => (
              <span key={from} className="block truncate" title={from}>
                {from === "global" ? t("task.rail.instructionsGlobal") : <Untrusted text={from} />}
                {!trusted && <span className="text-warn"> · {t("task.rail.notTrusted")}</span>}
              </span>
            ))}
          </Line>
        )}
        {context.sources.length > 0 && (
          <Line icon={<ShieldAlert aria-hidden />} name={t("task.rail.sources")}>
            <details>
              <summary className="rounded-sm">
                {t("task.rail.sourceCount", { count: context.sources.length })}
              </summary>
              <ul className="mt-1 max-h-40 overflow-y-auto">
                {context.sources.map((source) => (
                  <li key={source} className="truncate" title={source}>
                    <Untrusted text={source} />
                  </li>
                ))}
              </ul>
            </details>
            {context.tainted && (
              <span className="mt-1 block text-xs text-ink-3">{t("task.rail.tainted")}</span>
            )}
          </Line>
        )}
      </dl>
      <Button look="quiet" size="sm" className="mt-2 -ml-2" onClick={() => open({ kind: "trust" })}>
        {t("task.rail.trust")}
      </Button>
    </Section>
  );
}

/** Something that was used, and how often. */
function Used({ name, count, from = name }: { name: string; count: number; from?: string }) {
  return (
    <span className="block truncate" title={from}>
      <Untrusted text={name} /> <span className="text-ink-3">×{count}</span>
    </span>
  );
}

function Line({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <div className="relative pl-6.5">
      <dt className="text-xs text-ink-3 [&>svg]:absolute [&>svg]:top-0.5 [&>svg]:left-0 [&>svg]:size-4">
        {icon}
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
