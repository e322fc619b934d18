// The application's stream: what changes anywhere lands in the cache that all views read.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, appEventsUrl } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { type Connection, listen } from "~/api/stream";
import type { AppUpdate, Job, TaskHead } from "~/api/types";
import { newStore, useStore } from "~/kit/store";
import { announce } from "./announce";
import { useVisible } from "./visible";

/** The streams that are lost just now, by name. */
const lost = newStore<readonly string[]>([]);

export function reportConnection(stream: string, connection: Connection): void {
  const isLost = connection === "reconnecting";
  lost.set((now) => {
    if (now.includes(stream) === isLost) return now;
    return isLost ? [...now, stream] : now.filter((name) => name !== stream);
  });
}

/** Whether something that should arrive by itself does not. */
export const useReconnecting = () => useStore(lost).length > 0;

/** Puts a task's line into the list: where it was, or at the top. */
export function withHead(list: TaskHead[] | undefined, head: TaskHead): TaskHead[] {
  const now = list ?? [];
  const at = now.findIndex((one) => one.id === head.id);
  return at < 0 ? [head, ...now] : now.with(at, head);
}

/** Work in the background that runs or has just ended, by id. */
export function useJobs(): Record<string, Job> {
  return (
    useQuery<Record<string, Job>>({ queryKey: keys.jobs, queryFn: () => ({}), staleTime: Infinity }).data ??
    {}
  );
}

export function takeAppUpdate(client: QueryClient, update: AppUpdate): void {
  switch (update.type) {
    case "task": {
      const { head } = update;
      const before = client.getQueryData<TaskHead[]>(keys.tasks)?.find((one) => one.id === head.id);
      client.setQueryData<TaskHead[]>(keys.tasks, (list) => (list ? withHead(list, head) : list));
      if (before && before.status !== head.status) announce({ title: head.title, status: head.status });
      break;
    }
    case "inbox":
      client.setQueryData(keys.inbox, update.entries);
      break;
    case "job":
      client.setQueryData<Record<string, Job>>(keys.jobs, (jobs) => ({
        ...jobs,
        [update.job.id]: update.job,
      }));
      break;
    case "settings":
      void client.invalidateQueries({ queryKey: ["settings"] });
      void client.invalidateQueries({ queryKey: keys.state });
      break;
  }
}

function refetchAll(client: QueryClient): void {
  for (const queryKey of [keys.state, keys.tasks, keys.inbox, ["settings"]]) {
    void client.invalidateQueries({ queryKey });
  }
}

/**
 * Keeps lists up to date. A window that nobody sees gives its connection back (a browser has only six per server, and
 * a person may have many windows) and looks now and then instead.
 */
export function useAppStream(): void {
  const client = useQueryClient();
  const visible = useVisible();
  useEffect(() => {
    if (!visible) {
      const timer = setInterval(() => refetchAll(client), 30_000);
      return () => clearInterval(timer);
    }
    // What happened before the stream was there is in the lists.
    let first = true;
    return listen({
      url: appEventsUrl,
      on: { app: (data) => takeAppUpdate(client, JSON.parse(data) as AppUpdate) },
      onConnection: (connection) => {
        reportConnection("app", connection);
        if (connection === "open" && first) {
          first = false;
          refetchAll(client);
        }
      },
      onBack: () => refetchAll(client),
      // A stream does not say why it was refused; a request does, and a lost session is then seen.
      onTry: () => void api.state().catch(() => {}),
    });
  }, [client, visible]);
}
