// What the views read, kept by react-query. The streams write into the same cache.
import { QueryClient, useQuery } from "@tanstack/react-query";
import { api } from "./endpoints";
import { ApiError } from "./request";

export const keys = {
  state: ["state"] as const,
  tasks: ["tasks"] as const,
  inbox: ["inbox"] as const,
  task: (id: string) => ["task", id] as const,
  call: (task: string, call: string) => ["call", task, call] as const,
  /** Everything under `settings` is stale when the server says that settings changed. */
  settings: (part: string) => ["settings", part] as const,
  jobs: ["jobs"] as const,
};

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        // What the server refuses, it refuses again; only a lost connection is worth another try.
        retry: (tries, error) => tries < 2 && error instanceof ApiError && error.status === 0,
      },
    },
  });
}

export const useAppState = () => useQuery({ queryKey: keys.state, queryFn: api.state });
export const useTasks = () => useQuery({ queryKey: keys.tasks, queryFn: api.tasks.list });
export const useInbox = () => useQuery({ queryKey: keys.inbox, queryFn: api.inbox });
