import {
  ArrowRightLeft,
  Bot,
  Brain,
  Calculator,
  CircleAlert,
  FileInput,
  FilePen,
  FilePlus2,
  FileText,
  FolderInput,
  ListTodo,
  LoaderCircle,
  MessageCircleQuestion,
  NotebookPen,
  PackageCheck,
  Plug,
  Search,
  ShieldX,
  Sparkle,
  Terminal,
  Trash2,
  Wrench,
} from "lucide-react";
import { useState } from "react";
import type { Verb } from "~/api/types";
import { cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import type { Tool } from "../model/rows";
import { stepWords } from "../model/words";
import { Call } from "./Call";

const ICONS = {
  read: FileText,
  search: Search,
  write: FilePlus2,
  edit: FilePen,
  move: FolderInput,
  delete: Trash2,
  run: Terminal,
  query: Calculator,
  convert: ArrowRightLeft,
  plan: ListTodo,
  present: PackageCheck,
  ask: MessageCircleQuestion,
  folder: FileInput,
  remember: NotebookPen,
  recall: NotebookPen,
  judge: Brain,
  delegate: Bot,
  skill: Sparkle,
  find_tools: Search,
  inquire: Brain,
  inspect: FileText,
  connector: Plug,
  other: Wrench,
} satisfies Record<Verb, unknown>;

/** One use of a tool. Opens to all of it: what it was given, what came back, what the policy decided. */
export function Step({ tool, changed }: { tool: Tool; changed: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const Icon = ICONS[tool.verb];
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2 rounded-md px-2 py-1 text-left text-sm hover:bg-hover [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0"
      >
        {tool.state === "running" ? (
          <LoaderCircle className="animate-turn text-accent" aria-hidden />
        ) : tool.state === "failed" ? (
          <CircleAlert className="text-bad" aria-hidden />
        ) : tool.state === "refused" ? (
          <ShieldX className="text-bad" aria-hidden />
        ) : (
          <Icon className={cx(tool.state === "waiting" ? "text-warn" : "text-ink-3")} aria-hidden />
        )}
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <Untrusted text={stepWords(tool, t)} />
          {tool.summary !== "" && (
            <span className="block text-xs text-ink-3">
              <Untrusted text={tool.summary} lines />
            </span>
          )}
        </span>
        {tool.state !== "done" && (
          <span className="text-xs text-ink-3">{t(`task.step.state.${tool.state}`)}</span>
        )}
      </button>
      {open && <Call tool={tool} changed={changed} />}
    </div>
  );
}
