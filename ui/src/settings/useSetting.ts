import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "~/api/queries";

/** One part of the settings, as the server has it. */
export const useSetting = <T>(part: string, read: () => Promise<T>) =>
  useQuery({ queryKey: keys.settings(part), queryFn: read, staleTime: 0 });

/** Changes settings; what was read of them is read anew afterwards. */
export function useChange<T, R>(change: (what: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["settings"] });
      void client.invalidateQueries({ queryKey: keys.state });
    },
  });
}
