// A task as it is now: its page from the server, kept up to date by its stream.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, taskEventsUrl } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { listen } from "~/api/stream";
import type { Live, TaskHead, TaskPage, TaskUpdate } from "~/api/types";
import { newStore, type Store } from "~/kit/store";
import { reportConnection, withHead } from "~/shell/live";
import { useVisible } from "~/shell/visible";
import { heardAll, type LiveState, SILENT } from "./model/live";
import { merged } from "./model/merge";

export interface WatchedTask {
  page: TaskPage | undefined;
  error: unknown;
  live: Store<LiveState>;
}

export function useTask(id: string): WatchedTask {
  const client = useQueryClient();
  const visible = useVisible();
  const key = useMemo(() => keys.task(id), [id]);
  // The stream keeps it fresh. What the cache still has from before is shown until the page is read again.
  const page = useQuery({ queryKey: key, queryFn: () => api.tasks.page(id), staleTime: 0, gcTime: 60_000 });
  const live = useMemo(() => newStore<LiveState>(SILENT), []);
  // Only a page that was read just now says where the stream has to go on.
  const loaded = page.isSuccess && page.isFetchedAfterMount;

  useEffect(() => {
    if (!visible || !loaded) return;
    const pieces = newFrames<Live>((list) => live.set((now) => heardAll(now, list)));
    const updates = newFrames<TaskUpdate>((list) => {
      client.setQueryData<TaskPage>(key, (now) => (now ? list.reduce(merged, now) : now));
      const head = list.at(-1)?.head;
      if (head) client.setQueryData<TaskHead[]>(keys.tasks, (all) => (all ? withHead(all, head) : all));
    });
    const stop = listen({
      url: (after) => taskEventsUrl(id, after),
      after: client.getQueryData<TaskPage>(key)?.seq ?? 0,
      on: {
        update: (data) => updates.add(JSON.parse(data) as TaskUpdate),
        live: (data) => pieces.add(JSON.parse(data) as Live),
      },
      onConnection: (connection) => {
        reportConnection("task", connection);
        // On a new connection the server tells all of the answer so far. Together with it, so that the answer does not
        // vanish for a moment each time a window without a stream looks.
        if (connection === "open") pieces.add({ type: "clear" });
      },
    });
    return () => {
      stop();
      pieces.drop();
      updates.drop();
      reportConnection("task", "open");
    };
  }, [client, id, key, live, loaded, visible]);

  return { page: page.data, error: page.error, live };
}

/** Gathers what comes in and hands it on once per frame (or soon, where no frame is drawn). */
function newFrames<T>(take: (list: T[]) => void) {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(one: T) {
      waiting.push(one);
      timer ??= setTimeout(() => {
        timer = undefined;
        const list = waiting;
        waiting = [];
        take(list);
      }, 33);
    },
    drop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
