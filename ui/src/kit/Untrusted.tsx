import { useTranslation } from "~/messages";
import { splitHidden, splitReordering } from "./hidden";

export interface UntrustedProps {
  text: string;
  lines?: boolean;
  prose?: boolean;
  className?: string;
}

/**
 * Text that others could have written (file names, addresses, paths). It cannot change the direction of what stands
 * around it, and characters that are not seen or that reorder text are shown by their code. `lines`: the text may have several lines.
 * `prose`: it is a whole text, in which only what reorders it is pointed out.
 */
export function Untrusted({ text, lines, prose, className }: UntrustedProps) {
  const parts = prose ? splitReordering(text) : splitHidden(text, lines);
  return (
    <bdi className={className}>
      {parts.map((part, index) =>
        part.hidden ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
          <HiddenCharacter key={index} code={part.text} />
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}

/** Stands for a character that is not seen or reorders text; `code`: `U+202E`. */
export function HiddenCharacter({ code }: { code: string }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-[0.85em] text-warn" aria-hidden>
        {code}
      </span>
      <span className="sr-only">{t("kit.hiddenCharacter", { code })}</span>
    </>
  );
}
