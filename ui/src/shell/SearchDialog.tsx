import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { api } from "~/api/endpoints";
import { useTasks } from "~/api/queries";
import { ago } from "~/format/numbers";
import { Dialog, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { StatusMark } from "./StatusMark";
import { useNow } from "./visible";

const row =
  "flex cursor-pointer items-start gap-2.5 rounded-md px-3 py-2 text-sm data-[selected=true]:bg-hover";

/** Search over everything: titles at once, then all that was said, read and written. */
export function SearchDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("shell.find.title")} bare size="md">
      <Results onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Results({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [, navigate] = useLocation();
  const now = useNow();
  const tasks = useTasks().data ?? [];
  const words = useDeferredValue(text.trim());

  useEffect(() => {
    const timer = setTimeout(() => setAsked(words), 150);
    return () => clearTimeout(timer);
  }, [words]);

  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: ({ signal }) => api.search(asked, signal),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  });

  const titles = tasks
    .filter((task) => task.title.toLocaleLowerCase().includes(words.toLocaleLowerCase()))
    .slice(0, words === "" ? 8 : 5);
  const places = asked.length >= 2 && words.length >= 2 ? (found.data ?? []) : [];
  const go = (address: string) => {
    navigate(address);
    onDone();
  };
  const [chosen, setChosen] = useState("");
  const ids = [...titles.map((task) => task.id), ...places.map((place) => `${place.task}:${place.seq}`)];
  const nothing =
    words.length >= 2 && found.isSuccess && asked === words && places.length + titles.length === 0;

  return (
    <Command
      shouldFilter={false}
      // What was chosen may have vanished from the results: then the first is.
      value={ids.includes(chosen) ? chosen : (ids[0] ?? "")}
      onValueChange={setChosen}
      loop
      label={t("shell.find.title")}
      className="flex min-h-0 flex-1 flex-col"
    >
      <div className="flex items-center gap-3 border-b px-4">
        <Search className="size-4 text-ink-3" aria-hidden />
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder={t("shell.find.placeholder")}
          className="h-13 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
      </div>
      <Command.List label={t("shell.find.title")} className="min-h-72 flex-1 overflow-y-auto p-2">
        {titles.length > 0 && (
          <Command.Group
            heading={t("shell.find.tasks")}
            className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3"
          >
            {titles.map((task) => (
              <Command.Item
                key={task.id}
                value={task.id}
                onSelect={() => go(`/tasks/${task.id}`)}
                className={row}
              >
                <StatusMark status={task.status} className="mt-0.5" />
                <span className="min-w-0 flex-1 truncate">
                  <Untrusted text={task.title} />
                </span>
                <span className="text-xs text-ink-3">{ago(task.updated_at, now, t)}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {places.length > 0 && (
          <Command.Group
            heading={t("shell.find.places")}
            className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3"
          >
            {places.map((place) => (
              <Command.Item
                key={`${place.task}:${place.seq}`}
                value={`${place.task}:${place.seq}`}
                onSelect={() => go(`/tasks/${place.task}?at=${place.seq}`)}
                className={row}
              >
                <span className="min-w-0 flex-1">
                  <span className="line-clamp-2 block [overflow-wrap:anywhere]">
                    <Untrusted text={place.snippet} lines />
                  </span>
                  <span className="block truncate text-xs text-ink-3">
                    <Untrusted text={place.title} /> · {ago(place.at, now, t)}
                  </span>
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {nothing && (
          <p className="px-3 py-6 text-center text-sm text-ink-2">{t("shell.find.none", { query: words })}</p>
        )}
        {found.isError && words.length >= 2 && <ProblemNote error={found.error} className="m-2" />}
      </Command.List>
      <p className="border-t px-4 py-2 text-xs text-ink-3 max-sm:hidden">{t("shell.find.keys")}</p>
    </Command>
  );
}
