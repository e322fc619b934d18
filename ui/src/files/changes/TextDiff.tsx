import { type ReactNode, useMemo, useState } from "react";
import { cx, Note, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { inOneColumn, type Line, type Row, rowsOf, type Side } from "./lines";
import { useWidth } from "./useWidth";
import { piecesOf } from "./words";

/** Narrower than this, the versions stand in one column. */
const BESIDE = 520;

/** Two versions of a text, side by side; in one column where there is no room. */
export function TextDiff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const [element, width] = useWidth<HTMLElement>();
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => rowsOf(before, after), [before, after]);
  if (!rows) return <Note className="m-4">{t("files.changes.tooLong")}</Note>;
  const shown = rows.flatMap((row, index) =>
    row.type === "fold" && opened.has(index) ? row.rows : [{ ...row, index }],
  );
  const onOpen = (index: number) => setOpened((now) => new Set([...now, index]));
  return (
    <Scrollable ref={element} label={t("files.changes.differences")} className="h-full overflow-auto">
      {width >= BESIDE ? (
        <Columns rows={shown} onOpen={onOpen} />
      ) : (
        width > 0 && <OneColumn rows={shown} onOpen={onOpen} />
      )}
    </Scrollable>
  );
}

interface RowsProps {
  rows: readonly (Row & { index?: number })[];
  onOpen: (index: number) => void;
}

const look = "w-full table-fixed border-collapse font-mono text-xs leading-5";

function Columns({ rows, onOpen }: RowsProps) {
  const { t } = useTranslation();
  return (
    <table className={look}>
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
            <Fold key={index} row={row} columns={4} onOpen={onOpen} />
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <tr key={index}>
              <Cells side={row.before} other={row.after} type={row.type === "same" ? "same" : "removed"} />
              <Cells side={row.after} other={row.before} type={row.type === "same" ? "same" : "added"} />
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

function OneColumn({ rows, onOpen }: RowsProps) {
  const { t } = useTranslation();
  const lines = useMemo(() => inOneColumn(rows), [rows]);
  return (
    <table className={look}>
      <colgroup>
        <col className="w-10" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("files.changes.line")}</th>
          <th scope="col">{t("files.changes.differences")}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, index) =>
          line.type === "fold" ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of two versions never move
            <Fold key={index} row={line} columns={2} onOpen={onOpen} />
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <tr key={index}>
              <Cells {...line} />
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

/** Lines that did not change, until somebody wants to see them. */
function Fold(props: {
  row: Extract<Row | Line, { type: "fold" }> & { index?: number };
  columns: number;
  onOpen: (index: number) => void;
}) {
  const { t } = useTranslation();
  const { row, columns, onOpen } = props;
  return (
    <tr>
      <td colSpan={columns} className="bg-sunken font-sans">
        <button
          type="button"
          onClick={() => row.index !== undefined && onOpen(row.index)}
          className="w-full px-3 py-0.5 text-left text-ink-3 hover:text-ink focus-visible:-outline-offset-2"
        >
          {t("files.changes.same", { count: row.rows.length })}
        </button>
      </td>
    </tr>
  );
}

const looks = { same: "", added: "bg-added", removed: "bg-removed" };
const marks = { same: "", added: "bg-ok/30", removed: "bg-bad/30" };

/** One line of one version: its number and its words, those that differ marked. */
function Cells({
  side,
  other,
  type,
}: {
  side?: Side | undefined;
  other?: Side | undefined;
  type: "same" | "added" | "removed";
}) {
  const { t } = useTranslation();
  const ground = side ? looks[type] : "bg-sunken";
  return (
    <>
      <td className={cx("px-1 text-right align-top text-ink-3 select-none", ground)}>{side?.number}</td>
      <td
        className={cx(
          "border-r px-2 align-top [overflow-wrap:anywhere] whitespace-pre-wrap last:border-r-0",
          ground,
        )}
      >
        {side && type !== "same" && <span className="sr-only">{t(`files.changes.is.${type}`)} </span>}
        {side && <Words side={side} other={other} type={type} />}
      </td>
    </>
  );
}

function Words({ side, other, type }: { side: Side; other: Side | undefined; type: keyof typeof marks }) {
  const pieces = other && type !== "same" ? piecesOf(side.text, other.text) : undefined;
  if (!pieces) return <Untrusted text={side.text} />;
  return pieces.map(
    ({ text, changed }, index): ReactNode =>
      changed ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never move
        <span key={index} className={cx("rounded-[2px]", marks[type])}>
          <Untrusted text={text} />
        </span>
      ) : (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <Untrusted key={index} text={text} />
      ),
  );
}
