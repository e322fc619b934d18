import { useMemo } from "react";
import { cx, Note, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { rowsOf, type Side } from "./lines";

/** Two versions of a text, side by side; one above the other where there is no room. */
export function TextDiff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const rows = useMemo(() => rowsOf(before, after), [before, after]);
  if (!rows) return <Note className="m-4">{t("files.changes.tooLong")}</Note>;
  return (
    <Scrollable label={t("files.changes.differences")} className="h-full overflow-auto">
      <table className="w-full table-fixed border-collapse font-mono text-xs leading-5">
        <colgroup>
          <col className="w-10" />
          <col />
          <col className="w-10" />
          <col />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t("files.changes.line")}</th>
            <th scope="col">{t("files.changes.before")}</th>
            <th scope="col">{t("files.changes.line")}</th>
            <th scope="col">{t("files.changes.after")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) =>
            row.type === "fold" ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows of two versions never move
              <tr key={index} className="text-ink-3">
                <td colSpan={4} className="bg-sunken px-3 py-0.5 font-sans">
                  {t("files.changes.same", { count: row.count })}
                </td>
              </tr>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <tr key={index}>
                <Half side={row.before} look={row.type === "changed" && row.before ? "bg-removed" : ""} />
                <Half side={row.after} look={row.type === "changed" && row.after ? "bg-added" : ""} />
              </tr>
            ),
          )}
        </tbody>
      </table>
    </Scrollable>
  );
}

function Half({ side, look }: { side: Side | undefined; look: string }) {
  return (
    <>
      <td
        className={cx("px-1 text-right align-top text-ink-3 select-none", look || (side ? "" : "bg-sunken"))}
      >
        {side?.number}
      </td>
      <td
        className={cx(
          "border-r px-2 align-top [overflow-wrap:anywhere] whitespace-pre-wrap",
          look || (side ? "" : "bg-sunken"),
        )}
      >
        {side && <Untrusted text={side.text} />}
      </td>
    </>
  );
}
