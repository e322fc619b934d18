import { Note, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

const FEW = 2;

/** What was left out, repaired or hidden in a file. A person must see that others may have hidden something in it. */
export function Notes({ notes }: { notes: readonly string[] }) {
  const { t } = useTranslation();
  if (notes.length === 0) return null;
  const lines = (list: readonly string[]) =>
    list.map((note) => (
      <li key={note}>
        <Untrusted text={note} />
      </li>
    ));
  const more = notes.slice(FEW);
  return (
    <Note level="warning" className="mx-4 mt-3 max-h-48 shrink-0 overflow-y-auto">
      <ul className={notes.length > 1 ? "list-disc pl-4" : ""}>{lines(notes.slice(0, FEW))}</ul>
      {more.length > 0 && (
        <details className="mt-1">
          <summary className="w-fit text-warn">{t("files.moreNotes", { count: more.length })}</summary>
          <ul className="list-disc pl-4">{lines(more)}</ul>
        </details>
      )}
    </Note>
  );
}
