// Short messages at the edge of the window. They are only for what needs no answer; errors of a form stay in the form.
import type { TFunction } from "i18next";
import { wordsOf } from "./problem";
import { newStore } from "./store";

export interface Toast {
  id: number;
  level: "info" | "ok" | "error";
  text: string;
  hint?: string;
  action?: { label: string; run: () => void };
}

let next = 1;

export const toasts = newStore<readonly Toast[]>([]);

/** Shows a message. At most four are there at once; the oldest goes. */
export function toast(message: Omit<Toast, "id">): void {
  const one = { ...message, id: next++ };
  toasts.set((now) => [...now.slice(-3), one]);
}

/** Shows an error in the server's words. */
export function toastProblem(error: unknown, t: TFunction): void {
  const { message, hint } = wordsOf(error, t);
  toast(hint === undefined ? { level: "error", text: message } : { level: "error", text: message, hint });
}

export function dismissToast(id: number): void {
  toasts.set((now) => now.filter((one) => one.id !== id));
}
