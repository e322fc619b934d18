import { Cable, FileText, Globe, Settings2, User } from "lucide-react";
import type { Source } from "~/api/types";
import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

const icons = {
  person: User,
  harness: Settings2,
  config: Settings2,
  file: FileText,
  connector: Cable,
  web: Globe,
};
const KINDS = ["person", "harness", "config", "file", "connector", "web"] as const;

/** A kind of source that there are words for. */
export const kindOf = (source: Source) => KINDS.find((kind) => kind === source.kind) ?? "file";

/** Sources that others could have written: what the person and Deskhand say is not read from anybody. */
export const ofOthers = (source: Source) => ["file", "connector", "web"].includes(source.kind);

/** A source with its kind. */
export function SourceName({ source }: { source: Source }) {
  const { t } = useTranslation();
  const kind = kindOf(source);
  const Icon = icons[kind];
  return (
    <span className="inline-flex max-w-full items-baseline gap-1.5 [overflow-wrap:anywhere]">
      <Icon
        className="size-3.5 shrink-0 translate-y-0.5 text-ink-3"
        role="img"
        aria-label={t(`trust.kind.${kind}`)}
      />
      {source.detail === "" ? t(`trust.kind.${kind}`) : <Untrusted text={source.detail} />}
    </span>
  );
}
