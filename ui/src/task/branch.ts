import { useMutation } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { api } from "~/api/endpoints";
import type { Branch } from "~/api/types";
import { toastProblem } from "~/kit";
import { useTranslation } from "~/messages";

/** Starts a new task from a point of this one and goes there. */
export function useBranch(task: string) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (branch: Branch) => api.tasks.branch(task, branch),
    onSuccess: ({ id }) => navigate(`/tasks/${id}`),
    onError: (error) => toastProblem(error, t),
  });
}
