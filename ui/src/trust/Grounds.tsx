import { Repeat } from "lucide-react";
import type { ReactNode } from "react";
import type { Ask, Carried, KnownAddress, Leaving, Provenance, ValueRule } from "~/api/types";
import { bytes } from "~/format/numbers";
import { Button, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { CleanButton } from "./CleanButton";
import { around } from "./passage";
import { kindOf, ofOthers } from "./Source";

export interface GroundsProps {
  /** The task that asks. */
  task: string;
  ask: Extract<Ask, { type: "approve" }>;
  busy: boolean;
  /** Allows a value that is offered, counted from 0, for good. */
  onAlways: (number: number) => void;
  /** The buttons: they stand between what has to be known and what is offered beyond this once. */
  children: ReactNode;
}

/** What a person needs to know to answer: where the values came from, and what leaves this computer. */
export function Grounds({ task, ask, busy, onAlways, children }: GroundsProps) {
  return (
    <>
      <Provenances list={ask.provenance ?? []} />
      <Known list={ask.known ?? []} />
      <Leaves list={ask.leaving ?? []} carried={ask.carried ?? []} />
      {children}
      <Always list={ask.always ?? []} busy={busy} onAlways={onAlways} />
      <WithoutIt task={task} list={ask.provenance ?? []} busy={busy} />
    </>
  );
}

const Heading = ({ children }: { children: ReactNode }) => (
  <h3 className="mt-3 text-xs font-medium text-ink-3">{children}</h3>
);

/** Where each value that is not the person's own came from, with the words around it there. */
export function Provenances({ list }: { list: readonly Provenance[] }) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  return (
    <>
      <Heading>{t("trust.where")}</Heading>
      <ul className="mt-1 flex flex-col gap-2">
        {list.map((one) => (
          <li
            key={`${one.param} ${one.value}`}
            className="rounded-md border border-warn/40 bg-warn-soft/40 px-3 py-2 text-sm [overflow-wrap:anywhere]"
          >
            <p>
              <strong className="font-semibold">
                <Untrusted text={one.value} />
              </strong>{" "}
              <span className="text-ink-2">({one.param})</span>{" "}
              {one.source ? (
                <>
                  {t("trust.notYours")} {t(`trust.from.${kindOf(one.source)}`)}{" "}
                  <em>
                    <Untrusted text={one.source.detail} />
                  </em>
                  {one.at && <> ({one.at})</>}.
                </>
              ) : (
                t("trust.made")
              )}
            </p>
            {one.passage && <Passage passage={one.passage} value={one.value} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whose the values are that an address book gave for a name in the request. */
function Known({ list }: { list: readonly KnownAddress[] }) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  return (
    <>
      <Heading>{t("trust.known")}</Heading>
      <ul className="mt-1 text-sm [overflow-wrap:anywhere]">
        {list.map((one) => (
          <li key={`${one.param} ${one.value}`}>
            <Untrusted
              text={t("trust.knownAs", {
                value: one.value,
                name: one.name,
                noun: t(`trust.noun.${one.kind as "email" | "account" | "phone" | "id"}`),
                connector: one.connector,
              })}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function Passage({ passage, value }: { passage: string; value: string }) {
  const { t } = useTranslation();
  const [before, there, behind] = around(passage, value);
  return (
    <blockquote aria-label={t("trust.passage")} className="mt-1.5 border-l-2 border-warn/50 pl-3 text-ink-2">
      “<Untrusted text={before} lines />
      {there && (
        <mark className="rounded-sm bg-warn-soft px-0.5 font-medium text-ink">
          <Untrusted text={there} lines />
        </mark>
      )}
      <Untrusted text={behind} lines />”
    </blockquote>
  );
}

function Leaves({ list, carried }: { list: readonly Leaving[]; carried: readonly Carried[] }) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  return (
    <>
      <Heading>{t("trust.leaves")}</Heading>
      {carried.length > 0 && (
        <ul className="mt-1 text-sm [overflow-wrap:anywhere]">
          {carried.map((one) => (
            <li key={`${one.type} ${one.name}`}>
              <GoesAlong one={one} />
            </li>
          ))}
        </ul>
      )}
      <dl className="mt-1 flex flex-col gap-1.5 text-sm">
        {list.map((one) => (
          <div key={one.param}>
            <dt className="text-xs text-ink-2">
              {one.param} <span className="text-ink-3">· {bytes(one.bytes)}</span>
            </dt>
            <dd>
              <Verbatim label={one.param} className="max-h-40 bg-sunken px-3 py-1.5 whitespace-pre-wrap">
                <Untrusted text={one.text} lines />
                {new TextEncoder().encode(one.text).length < one.bytes && " …"}
              </Verbatim>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** A file that goes with what leaves, or how much text of one stands in it. */
function GoesAlong({ one }: { one: Carried }) {
  const { t } = useTranslation();
  const { name } = one;
  if (one.type === "quoted") return <Untrusted text={t("trust.quoted", { count: one.chars, name })} />;
  const size = one.bytes == null ? undefined : bytes(one.bytes);
  return <Untrusted text={size ? t("trust.attached", { name, size }) : t("trust.attachedOnly", { name })} />;
}

/** Where others' text led to the question, there is a way on without it. */
function WithoutIt({ task, list, busy }: { task: string; list: readonly Provenance[]; busy: boolean }) {
  const { t } = useTranslation();
  if (!list.some(({ source }) => source && ofOthers(source))) return null;
  return (
    <section aria-label={t("trust.cleanFork.offer")} className="mt-4 border-t pt-3">
      <p className="mb-1.5 text-xs text-ink-3">{t("trust.cleanFork.offer")}</p>
      <CleanButton task={task} disabled={busy} />
    </section>
  );
}

function Always(props: { list: readonly ValueRule[]; busy: boolean; onAlways: (number: number) => void }) {
  const { t } = useTranslation();
  if (props.list.length === 0) return null;
  return (
    <section aria-label={t("trust.always")} className="mt-4 border-t pt-3">
      <p className="text-xs text-ink-3">
        {t("trust.always")}. {t("trust.alwaysAbout")}
      </p>
      <div className="mt-1.5 flex flex-wrap gap-2">
        {props.list.map((rule, number) => (
          <Button
            key={`${rule.effect} ${rule.kind} ${rule.value}`}
            size="sm"
            icon={<Repeat aria-hidden />}
            disabled={props.busy}
            onClick={() => props.onAlways(number)}
          >
            {t("trust.alwaysFor", { value: rule.value })}
          </Button>
        ))}
      </div>
    </section>
  );
}
