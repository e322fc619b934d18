import { BookmarkPlus, NotebookPen, Pencil, Trash2, Undo2, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/endpoints";
import type { NoteLine } from "~/api/types";
import { dateOnly } from "~/format/numbers";
import { Button, Empty, Loading, ProblemNote, TextField, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

const LONGEST = 2000;

/** Notes for later tasks: those that are kept, and those that tasks propose. */
export function Memory() {
  const { t } = useTranslation();
  const memory = useSetting("memory", api.settings.memory);
  const change = useChange((work: () => Promise<unknown>) => work());
  const [removed, setRemoved] = useState<NoteLine>();
  const [text, setText] = useState("");
  if (memory.isPending) return <Loading />;
  if (memory.isError) return <ProblemNote error={memory.error} />;
  const { kept, proposed } = memory.data;
  const busy = change.isPending;
  const act = (work: () => Promise<unknown>, then = () => {}) => change.mutate(work, { onSuccess: then });
  return (
    <>
      {change.isError && <ProblemNote error={change.error} className="mb-3" />}
      {removed && (
        <p role="status" className="mb-3 flex items-center gap-3 rounded-lg border px-4 py-2 text-sm">
          <span className="min-w-0 flex-1">{t("settings.memory.removed")}</span>
          <Button
            size="sm"
            icon={<Undo2 aria-hidden />}
            disabled={busy}
            onClick={() =>
              act(
                () => api.settings.decideNote(removed.id, { decision: "restore" }),
                () => setRemoved(undefined),
              )
            }
          >
            {t("settings.memory.restore")}
          </Button>
        </p>
      )}
      {proposed.length > 0 && (
        <Notes heading={t("settings.memory.proposed")} about={t("settings.memory.proposedAbout")}>
          {proposed.map((note) => (
            <Note key={note.id} note={note}>
              <Button
                size="sm"
                icon={<BookmarkPlus aria-hidden />}
                disabled={busy}
                onClick={() => act(() => api.settings.decideNote(note.id, { decision: "accept" }))}
              >
                <Untrusted text={t("settings.memory.accept", { source: note.source })} />
              </Button>
              <Button
                size="sm"
                icon={<X aria-hidden />}
                disabled={busy}
                onClick={() => act(() => api.settings.decideNote(note.id, { decision: "discard" }))}
              >
                {t("settings.memory.discard")}
              </Button>
            </Note>
          ))}
        </Notes>
      )}
      {kept.length === 0 && proposed.length === 0 && (
        <Empty icon={<NotebookPen aria-hidden />} title={t("settings.memory.none")} />
      )}
      {kept.length > 0 && (
        <Notes heading={t("settings.memory.kept")} about={t("settings.memory.keptAbout")}>
          {kept.map((note) => (
            <Kept
              key={note.id}
              note={note}
              busy={busy}
              onEdit={(to, then) => act(() => api.settings.editNote(note.id, to), then)}
              onRemove={() =>
                act(
                  () => api.settings.removeNote(note.id),
                  () => setRemoved(note),
                )
              }
            />
          ))}
        </Notes>
      )}
      <div className="mt-6">
        <TextField
          label={t("settings.memory.add")}
          value={text}
          maxLength={LONGEST}
          onChange={(event) => setText(event.target.value)}
        />
        <Button
          className="mt-2"
          disabled={busy || text.trim() === ""}
          onClick={() =>
            act(
              () => api.settings.addNote(text.trim()),
              () => setText(""),
            )
          }
        >
          {t("settings.memory.addShort")}
        </Button>
      </div>
    </>
  );
}

function Notes({ heading, about, children }: { heading: string; about: string; children: ReactNode }) {
  return (
    <section aria-label={heading} className="mb-6">
      <h2 className="text-base font-semibold">{heading}</h2>
      <p className="mt-1 mb-3 text-sm text-ink-2">{about}</p>
      <ul className="divide-y rounded-lg border bg-surface">{children}</ul>
    </section>
  );
}

function Note({ note, children }: { note: NoteLine; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <li className="px-4 py-3 text-sm">
      <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">
        <Untrusted text={note.text} lines />
      </p>
      <p className="mt-1 text-xs text-ink-3 [overflow-wrap:anywhere]">
        <Untrusted text={t("settings.memory.from", { source: note.source })} />
        {note.others && <> · {t("settings.memory.others")}</>}
        {" · "}
        <When note={note} />
        {note.task && (
          <>
            {" · "}
            <Link href={`/tasks/${note.task}`} className="underline underline-offset-2">
              {t("settings.memory.task")}
            </Link>
          </>
        )}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">{children}</div>
    </li>
  );
}

/** Since when a note is kept or proposed, and for how long. */
function When({ note }: { note: NoteLine }) {
  const { t } = useTranslation();
  const since = dateOnly(note.since);
  if (note.lapses != null) return t("settings.memory.proposedAt", { since, lapses: dateOnly(note.lapses) });
  if (!note.until) return t("settings.memory.since", { since });
  return t(note.over ? "settings.memory.over" : "settings.memory.sinceUntil", { since, until: note.until });
}

interface KeptProps {
  note: NoteLine;
  busy: boolean;
  onEdit: (text: string, then: () => void) => void;
  onRemove: () => void;
}

function Kept({ note, busy, onEdit, onRemove }: KeptProps) {
  const { t } = useTranslation();
  const [text, setText] = useState<string>();
  return (
    <Note note={note}>
      {text === undefined ? (
        <>
          <Button
            size="sm"
            icon={<Pencil aria-hidden />}
            aria-label={t("settings.memory.editThis", { text: note.text })}
            disabled={busy}
            onClick={() => setText(note.text)}
          >
            {t("settings.memory.edit")}
          </Button>
          <Button
            size="sm"
            icon={<Trash2 aria-hidden />}
            aria-label={t("settings.memory.removeThis", { text: note.text })}
            disabled={busy}
            onClick={onRemove}
          >
            {t("settings.memory.remove")}
          </Button>
        </>
      ) : (
        <div className="w-full">
          <TextField
            label={t("settings.memory.text")}
            hint={t("settings.memory.editHint")}
            value={text}
            maxLength={LONGEST}
            autoFocus
            onChange={(event) => setText(event.target.value)}
          />
          <div className="mt-2 flex gap-2">
            <Button
              size="sm"
              disabled={busy || text.trim() === ""}
              onClick={() => onEdit(text.trim(), () => setText(undefined))}
            >
              {t("settings.memory.save")}
            </Button>
            <Button size="sm" look="quiet" disabled={busy} onClick={() => setText(undefined)}>
              {t("settings.memory.cancel")}
            </Button>
          </div>
        </div>
      )}
    </Note>
  );
}
