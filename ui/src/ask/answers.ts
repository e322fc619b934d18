// What was chosen and written, on its way to an answer.
import type { Question } from "~/api/types";

export interface Chosen {
  labels: readonly string[];
  /** The person's own words; they count when they are not empty. */
  own: string;
}

export const NOTHING: Chosen = { labels: [], own: "" };

/** Chooses or takes back a label; where only one may be chosen it replaces the other. */
export function choose(question: Question, chosen: Chosen, label: string): Chosen {
  if (!question.multiSelect) return { labels: [label], own: "" };
  const labels = chosen.labels.includes(label)
    ? chosen.labels.filter((one) => one !== label)
    : [...chosen.labels, label];
  return { ...chosen, labels };
}

/** Own words; where only one answer may be given they replace the choice. */
export function say(question: Question, chosen: Chosen, own: string): Chosen {
  return { labels: question.multiSelect || own.trim() === "" ? chosen.labels : [], own };
}

/** One list per question, in their order and in that of the choices; absent while one has no answer. */
export function answersOf(questions: readonly Question[], chosen: readonly Chosen[]): string[][] | undefined {
  const answers = questions.map((question, index) => {
    const { labels, own } = chosen[index] ?? NOTHING;
    const inOrder = question.options.map(({ label }) => label).filter((label) => labels.includes(label));
    return own.trim() === "" ? inOrder : [...inOrder, own.trim()];
  });
  return answers.every((answer) => answer.length > 0) ? answers : undefined;
}
