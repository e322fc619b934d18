import { useEffect, useRef } from "react";
import { cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

export interface Suggestion {
  key: string;
  name: string;
  detail?: string;
}

export interface SuggestionsProps {
  id: string;
  list: readonly Suggestion[];
  /** Which one Enter takes. */
  at: number;
  onTake: (suggestion: Suggestion) => void;
  /** Under the text, where above it is no room. */
  below?: boolean;
}

/** What can be put at the caret. The focus stays in the text; the text tells which one is meant. */
export function Suggestions({ id, list, at, onTake, below }: SuggestionsProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  if (list.length === 0) return null;
  return (
    <div
      ref={box}
      id={id}
      role="listbox"
      aria-label={t("home.suggestionsTitle")}
      className={cx(
        "absolute left-2 z-30 max-h-64 w-[min(28rem,calc(100%-1rem))] animate-appear overflow-y-auto rounded-lg border bg-surface p-1 shadow-raised",
        below ? "top-full mt-1" : "bottom-full mb-2",
      )}
    >
      {list.map((one, index) => (
        <div
          key={one.key}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          // Before the text loses the focus.
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(one);
          }}
          className={cx("cursor-pointer rounded-md px-2.5 py-1.5 text-sm", index === at && "bg-hover")}
        >
          <span className="block truncate">
            <Untrusted text={one.name} />
          </span>
          {one.detail !== undefined && (
            <span className="block truncate text-xs text-ink-3">
              <Untrusted text={one.detail} />
            </span>
          )}
        </div>
      ))}
    </div>
  );
}
