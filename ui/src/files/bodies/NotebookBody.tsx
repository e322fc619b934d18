import { useCallback, useRef } from "react";
import type { Preview } from "~/api/types";
import { Empty, Markdown, Scrollable, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { useSelected } from "../ask/useSelected";

type Cell = Extract<Preview["body"], { type: "notebook" }>["cells"][number];

/** A notebook: its cells and what they gave, as text. */
export function NotebookBody({ cells }: { cells: readonly Cell[] }) {
  const { t } = useTranslation();
  const inside = useRef<HTMLElement>(null);
  const placeOf = useCallback(
    (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const number = element?.closest<HTMLElement>("[data-cell]")?.dataset.cell;
      return number === undefined ? undefined : t("files.place.cell", { number });
    },
    [t],
  );
  useSelected(inside, placeOf);
  if (cells.length === 0) return <Empty title={t("files.notebook.none")} />;
  return (
    <Scrollable
      label={t("files.content")}
      ref={inside}
      className="min-h-0 flex-1 focus-visible:-outline-offset-2 overflow-y-auto px-4 py-5"
    >
      <ol className="mx-auto flex max-w-[50rem] flex-col gap-4">
        {cells.map((cell, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the cells of one version never move
          <li key={index} data-cell={index + 1} className="flex gap-3">
            <span className="w-7 shrink-0 pt-2 text-right text-xs text-ink-3 tabular-nums" aria-hidden>
              {index + 1}
            </span>
            <div className="min-w-0 flex-1">
              {cell.kind === "markdown" ? (
                <Markdown text={cell.source} />
              ) : (
                <Verbatim
                  label={t("files.notebook.code", { number: index + 1 })}
                  className="border bg-sunken px-3 py-2"
                >
                  <Untrusted text={cell.source} lines className="whitespace-pre" />
                </Verbatim>
              )}
              {cell.output !== "" && (
                <Verbatim
                  label={t("files.notebook.output", { number: index + 1 })}
                  className="mt-1 max-h-96 border-l-2 px-3 py-1 text-ink-2"
                >
                  <Untrusted text={cell.output} lines className="whitespace-pre" />
                </Verbatim>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Scrollable>
  );
}
