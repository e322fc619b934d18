import { useQueryClient } from "@tanstack/react-query";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { TaskHead, TaskMarks, TaskPage } from "~/api/types";
import { toastProblem } from "~/kit";
import { useTranslation } from "~/messages";
import { withHead } from "./live";

/** Renames, pins or archives a task; every list shows it at once. */
export function useMark() {
  const client = useQueryClient();
  const { t } = useTranslation();
  return (task: Pick<TaskHead, "id">, marks: TaskMarks, done?: () => void) => {
    api.tasks.mark(task.id, marks).then(
      (head) => {
        client.setQueryData<TaskHead[]>(keys.tasks, (list) => (list ? withHead(list, head) : list));
        client.setQueryData<TaskPage>(keys.task(task.id), (page) => (page ? { ...page, head } : page));
        done?.();
      },
      (error: unknown) => toastProblem(error, t),
    );
  };
}
