import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck, X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Link } from "wouter";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { Trust, TrustLevel } from "~/api/types";
import { cx, IconButton, Loading, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { CleanButton } from "./CleanButton";
import { Decisions } from "./Decisions";
import { ofOthers, SourceName } from "./Source";

export interface TrustViewProps {
  task: string;
  /** The last event of the page: when it moves, the view is read anew. */
  seq: number;
  onClose: () => void;
}

/** What a task read and from whom, what that tainted, what was withheld, what was asked and why. */
export function TrustView({ task, seq, onClose }: TrustViewProps) {
  const { t } = useTranslation();
  const trust = useQuery({
    queryKey: [...keys.task(task), "trust", seq],
    queryFn: () => api.tasks.trust(task),
    placeholderData: keepPreviousData,
  });
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex items-center gap-2 border-b px-4 py-2.5">
        <h2 className="min-w-0 flex-1 text-base font-semibold">{t("trust.title")}</h2>
        <IconButton label={t("kit.close")} onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <div
        role="group"
        aria-label={t("trust.title")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto px-5 py-4"
      >
        {trust.isPending && <Loading />}
        {trust.isError && <ProblemNote error={trust.error} />}
        {trust.data && <All task={task} trust={trust.data} />}
      </div>
    </div>
  );
}

function All({ task, trust }: { task: string; trust: Trust }) {
  const { t } = useTranslation();
  const read = trust.read.filter(({ source }) => ofOthers(source));
  return (
    <div className="flex flex-col gap-6">
      <Summary task={task} level={trust.context} />
      <Part title={t("trust.asked")}>
        <Decisions decisions={trust.decisions} />
      </Part>
      {trust.withheld.length > 0 && (
        <Part title={t("trust.withheld")} about={t("trust.withheldAbout")}>
          <Lines>
            {trust.withheld.map((one) => (
              <li key={`${one.seq} ${one.text}`} className="rounded-md bg-warn-soft/50 px-3 py-2">
                <Untrusted text={one.text} lines />
                {one.source && (
                  <span className="block text-xs text-ink-2">
                    <SourceName source={one.source} />
                  </span>
                )}
              </li>
            ))}
          </Lines>
        </Part>
      )}
      <Part title={t("trust.read")}>
        {read.length === 0 && <p className="text-sm text-ink-3">{t("trust.readNone")}</p>}
        <ol className="divide-y rounded-lg border text-sm empty:hidden">
          {read.map((line) => (
            <li
              key={`${line.seq} ${line.source.kind} ${line.source.detail}`}
              className="flex flex-wrap items-baseline gap-x-3 px-3 py-2"
            >
              <span className="min-w-0 flex-1 basis-60">
                <SourceName source={line.source} />
                {line.worsened && <span className="block pl-5 text-xs text-warn">{t("trust.worsened")}</span>}
              </span>
              <Level level={line.level} />
              <Link
                href={`/tasks/${task}?at=${line.seq}`}
                className="rounded-sm text-xs text-accent-ink underline underline-offset-2"
              >
                {t("trust.show")}
              </Link>
            </li>
          ))}
        </ol>
      </Part>
      <Part title={t("trust.said")}>
        <Lines>
          {trust.said.map((piece, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces are only added at the end
            <li key={index} className="border-l-2 pl-3">
              <span className="line-clamp-3 [overflow-wrap:anywhere]">
                <Untrusted text={piece.text} lines />
              </span>
              <span className={cx("text-xs", piece.yours ? "text-ok" : "text-warn")}>
                {t(piece.yours ? "trust.yours" : "trust.pasted")}
              </span>
            </li>
          ))}
        </Lines>
      </Part>
      {trust.instructions.length > 0 && (
        <Part title={t("trust.instructions")}>
          <Lines>
            {trust.instructions.map((one) => (
              <li key={one.from} className="[overflow-wrap:anywhere]">
                <Untrusted text={one.from} />{" "}
                <span className={cx("text-xs", one.trusted ? "text-ok" : "text-warn")}>
                  · {t(one.trusted ? "trust.inForce" : "trust.notInForce")}
                </span>
              </li>
            ))}
          </Lines>
        </Part>
      )}
      {trust.labelled.length > 0 && (
        <Part title={t("trust.labelled")} about={t("trust.labelledAbout")}>
          <Lines>
            {trust.labelled.map((one) => (
              <li key={one.seq} className="[overflow-wrap:anywhere]">
                {t("trust.files", { count: one.files, folders: one.folders.join(", ") })}
              </li>
            ))}
          </Lines>
        </Part>
      )}
      {trust.proposed.length > 0 && (
        <Part title={t("trust.proposed")}>
          <Lines>
            {trust.proposed.map((one) => (
              <li key={one.seq} className="border-l-2 pl-3">
                <Untrusted text={one.text} lines />
                <span className="flex flex-wrap gap-x-3 text-xs text-ink-2">
                  {one.sources.map((source) => (
                    <SourceName key={`${source.kind} ${source.detail}`} source={source} />
                  ))}
                </span>
              </li>
            ))}
          </Lines>
        </Part>
      )}
      {trust.refused_requests.length > 0 && (
        <Part title={t("trust.refused")}>
          <Lines>
            {trust.refused_requests.map((one, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: requests are only added at the end
              <li key={index} className="[overflow-wrap:anywhere]">
                <span className="font-mono text-xs">
                  {one.method} <Untrusted text={one.host + one.path} />
                </span>
                <span className="block text-xs text-ink-2">{one.reason}</span>
              </li>
            ))}
          </Lines>
        </Part>
      )}
    </div>
  );
}

function Summary({ task, level }: { task: string; level: TrustLevel }) {
  const { t } = useTranslation();
  const Icon = level.tainted ? ShieldAlert : ShieldCheck;
  return (
    <div className={cx("flex gap-3 rounded-lg p-4", level.tainted ? "bg-warn-soft" : "bg-ok-soft")}>
      <Icon className={cx("mt-0.5 size-5 shrink-0", level.tainted ? "text-warn" : "text-ok")} aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">{t(level.tainted ? "trust.tainted" : "trust.clean")}</p>
        <p className="mt-0.5 text-sm text-ink-2">
          {t(level.tainted ? "trust.taintedAbout" : "trust.cleanAbout")}
        </p>
        <p className="mt-2 text-xs text-ink-2">
          {level.tainted && <>{t("trust.least", { level: t(`trust.level.${integrityOf(level)}`) })} · </>}
          {t("trust.data", { secrecy: t(`trust.secrecy.${secrecyOf(level)}`) })}
        </p>
        {level.tainted && (
          <div className="mt-3">
            <CleanButton task={task} />
          </div>
        )}
      </div>
    </div>
  );
}

const INTEGRITY = ["person", "trusted_config", "typed", "granted_file", "connector", "web"] as const;
const integrityOf = (level: TrustLevel) => INTEGRITY.find((one) => one === level.integrity) ?? "unknown";
const SECRECY = ["public", "private", "secret"] as const;
const secrecyOf = (level: TrustLevel) => SECRECY.find((one) => one === level.confidentiality) ?? "secret";

function Level({ level }: { level: TrustLevel }) {
  const { t } = useTranslation();
  return (
    <span className="text-xs text-ink-3">
      {t(`trust.level.${integrityOf(level)}`)} · {t(`trust.secrecy.${secrecyOf(level)}`)}
    </span>
  );
}

function Part({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="text-sm font-semibold">
        {title}
      </h3>
      {about && <p className="text-xs text-ink-3">{about}</p>}
      <div className="mt-2">{children}</div>
    </section>
  );
}

const Lines = ({ children }: { children: ReactNode }) => (
  <ul className="flex flex-col gap-2 text-sm">{children}</ul>
);
