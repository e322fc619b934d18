import { cx } from "~/kit";
import { splitHidden } from "~/kit/hidden";
import { type Area, HEAD_WIDTH, isNumber, letters, ROW_HEIGHT, type Span } from "./grid";

const head = "flex items-center justify-center border-r border-b text-xs text-ink-2 tabular-nums";

const shown = ({ from, to }: Span) => Array.from({ length: to - from }, (_, index) => from + index);

/** The letters of the columns; they stay when rows are scrolled. */
export function GridHead({
  starts,
  columns,
  area,
}: {
  starts: readonly number[];
  columns: Span;
  area: Area;
}) {
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={1}
      className="sticky top-0 z-20 bg-sunken"
      style={{ height: ROW_HEIGHT, width: (starts.at(-1) ?? 0) + HEAD_WIDTH }}
    >
      <div
        role="columnheader"
        tabIndex={-1}
        aria-colindex={1}
        className={cx(head, "sticky left-0 z-10 bg-sunken")}
        style={{ width: HEAD_WIDTH, height: ROW_HEIGHT }}
      >
        <span className="sr-only">#</span>
      </div>
      {shown(columns).map((column) => (
        <div
          key={column}
          role="columnheader"
          tabIndex={-1}
          aria-colindex={column + 2}
          className={cx(
            head,
            "absolute top-0 bottom-0",
            column >= area.left && column <= area.right ? "bg-accent-soft text-accent-ink" : "bg-sunken",
          )}
          style={place(starts, column)}
        >
          {letters(column)}
        </div>
      ))}
    </div>
  );
}

const place = (starts: readonly number[], column: number) => {
  const left = starts[column] ?? 0;
  return { left: left + HEAD_WIDTH, width: (starts[column + 1] ?? left) - left };
};

export interface GridRowProps {
  id: string;
  row: number;
  /** Absent while they are fetched. */
  cells: readonly string[] | undefined;
  starts: readonly number[];
  columns: Span;
  isSelected: (column: number) => boolean;
  /** The column of the cell that has the focus. */
  active: number | undefined;
  marked: boolean;
}

export function GridRow({ id, row, cells, starts, columns, isSelected, active, marked }: GridRowProps) {
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={row + 2}
      aria-busy={cells === undefined || undefined}
      className="absolute inset-x-0 bg-surface"
      style={{ top: row * ROW_HEIGHT, height: ROW_HEIGHT }}
    >
      <div
        role="rowheader"
        tabIndex={-1}
        aria-colindex={1}
        className={cx(head, "sticky left-0 z-10", marked ? "bg-accent-soft text-accent-ink" : "bg-sunken")}
        style={{ width: HEAD_WIDTH, height: ROW_HEIGHT }}
      >
        {row + 1}
      </div>
      {shown(columns).map((column) => {
        const text = cells?.[column] ?? "";
        const selected = isSelected(column);
        return (
          <div
            key={column}
            id={`${id}-${row}-${column}`}
            role="gridcell"
            tabIndex={-1}
            aria-colindex={column + 2}
            aria-selected={selected}
            data-row={row}
            data-column={column}
            title={text.length > 12 ? text : undefined}
            className={cx(
              "absolute top-0 bottom-0 truncate border-r border-b px-2 leading-[27px]",
              isNumber(text) && "text-right tabular-nums",
              selected && "bg-accent-soft",
              active === column && "outline-2 -outline-offset-2 outline-accent",
            )}
            style={place(starts, column)}
          >
            {cells === undefined ? <span className="text-ink-3">…</span> : <bdi>{visible(text)}</bdi>}
          </div>
        );
      })}
    </div>
  );
}

/** A cell is small: what is hidden in its text stands there by its code, without more marks. */
const visible = (text: string) =>
  splitHidden(text, true)
    .map((part) => part.text)
    .join("");
