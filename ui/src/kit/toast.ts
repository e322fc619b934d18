// Short messages at the edge of the window. They are only for what needs no answer; errors of a form stay in the form.
import type { TFunction } from "i18next";
import { wordsOf } from "./problem";

export interface Toast {
  id: number;
  level: "info" | "ok" | "error";
  text: string;
  hint?: string;
  action?: { label: string; run: () => void };
}

let next = 1;
let toasts: readonly Toast[] = [];
const listeners = new Set<() => void>();

function set(list: readonly Toast[]) {
  toasts = list;
  for (const listener of listeners) listener();
}

export const toastStore = {
  get: () => toasts,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

/** Shows a message. At most four are there at once; the oldest goes. */
export function toast(message: Omit<Toast, "id">): void {
  set([...toasts.slice(-3), { ...message, id: next++ }]);
}

/** Shows an error in the server's words. */
export function toastProblem(error: unknown, t: TFunction): void {
  const { message, hint } = wordsOf(error, t);
  toast(hint === undefined ? { level: "error", text: message } : { level: "error", text: message, hint });
}

export function dismissToast(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}
