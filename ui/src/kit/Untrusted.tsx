import { Fragment } from "react";
import { useTranslation } from "~/messages";
import { splitHidden } from "./hidden";

/**
 * Text that others could have written (file names, addresses, paths). It cannot change the direction of what stands
 * around it, and characters that are not seen or that reorder text are shown by their code. `lines`: the text may have several lines.
 */
export function Untrusted({ text, lines, className }: { text: string; lines?: boolean; className?: string }) {
  const { t } = useTranslation();
  const parts = splitHidden(text, lines);
  return (
    <bdi className={className}>
      {parts.map((part, index) =>
        part.hidden ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
          <Fragment key={index}>
            <span
              className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-[0.85em] text-warn"
              aria-hidden
            >
              {part.text}
            </span>
            <span className="sr-only">{t("kit.hiddenCharacter", { code: part.text })}</span>
          </Fragment>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}
