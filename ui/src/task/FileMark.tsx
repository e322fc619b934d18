import { File, FileImage, FileSpreadsheet, FileText, Presentation } from "lucide-react";
import { cx } from "~/kit";
import { thingOf } from "./model/words";

const marks = {
  file: { icon: File, look: "bg-hover text-ink-2" },
  spreadsheet: { icon: FileSpreadsheet, look: "bg-ok-soft text-ok" },
  document: { icon: FileText, look: "bg-info-soft text-info" },
  presentation: { icon: Presentation, look: "bg-warn-soft text-warn" },
  picture: { icon: FileImage, look: "bg-accent-soft text-accent-ink" },
  pdf: { icon: FileText, look: "bg-bad-soft text-bad" },
};

/** What kind of file it is, at a glance. */
export function FileMark({ name, small }: { name: string; small?: boolean }) {
  const { icon: Icon, look } = marks[thingOf(name)];
  return (
    <span
      className={cx(
        "flex shrink-0 items-center justify-center rounded-md",
        small ? "size-6" : "size-9",
        look,
      )}
      aria-hidden
    >
      <Icon className={small ? "size-3.5" : "size-5"} />
    </span>
  );
}
