import { Markdown, Scrollable, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import type { BodyOf } from "../types";

/** A notebook: its cells and what they gave. Nothing is run. */
export function NotebookBody({ cells }: { cells: BodyOf<"notebook">["cells"] }) {
  const { t } = useTranslation();
  return (
    <Scrollable label={t("files.cells")} className="h-full overflow-auto">
      <ol className="flex min-h-full flex-col gap-3 p-5">
        {cells.map((cell, index) => {
          const number = index + 1;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the cells of one version never move
            <li key={index}>
              {cell.kind === "markdown" ? (
                <Markdown text={cell.source} />
              ) : (
                <Verbatim label={t("files.cell", { number })} className="bg-sunken p-3 whitespace-pre-wrap">
                  <Untrusted text={cell.source} lines />
                </Verbatim>
              )}
              {cell.output !== "" && (
                <Verbatim
                  label={t("files.cellOutput", { number })}
                  className="mt-1 border-l-2 border-line-strong/50 p-3 whitespace-pre-wrap"
                >
                  <Untrusted text={cell.output} lines />
                </Verbatim>
              )}
            </li>
          );
        })}
      </ol>
    </Scrollable>
  );
}
