import { Copy, Ellipsis, GitBranch, PencilLine, RefreshCw } from "lucide-react";
import { useState } from "react";
import type { Item, TaskHead } from "~/api/types";
import { IconButton, Menu, MenuItem, useCopy } from "~/kit";
import { useTranslation } from "~/messages";
import { BranchDialog, useBranch } from "../BranchDialog";

export interface MessageActionsProps {
  item: Item;
  text: string;
  task: TaskHead;
  /** Whether the person said it. */
  person?: boolean;
}

/** Copy, branch, say it differently, try another model. Seen on hover and focus, always there for the keyboard. */
export function MessageActions({ item, text, task, person }: MessageActionsProps) {
  const { t } = useTranslation();
  const { copy } = useCopy();
  const [dialog, setDialog] = useState<"edit" | "retry">();
  const branch = useBranch(task.id);
  // A branch takes over what is before an event: before what the person said to say it again, after an answer to go on.
  const before = person ? item.seq : item.changed + 1;
  return (
    <div className="mt-1 -mb-5 flex h-7 items-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:none)]:opacity-100">
      <IconButton label={t("task.message.copy")} size="sm" onClick={() => copy(text)}>
        <Copy aria-hidden />
      </IconButton>
      <Menu
        align={person ? "end" : "start"}
        label={t("task.message.actions")}
        trigger={
          <IconButton label={t("task.message.actions")} size="sm">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {person && (
          <MenuItem icon={<PencilLine aria-hidden />} onSelect={() => setDialog("edit")}>
            {t("task.message.edit")}
          </MenuItem>
        )}
        <MenuItem
          icon={<GitBranch aria-hidden />}
          disabled={branch.isPending}
          onSelect={() => branch.mutate({ before })}
        >
          {t("task.message.branch")}
        </MenuItem>
        <MenuItem icon={<RefreshCw aria-hidden />} onSelect={() => setDialog("retry")}>
          {t("task.message.retry")}
        </MenuItem>
      </Menu>
      {dialog && (
        <BranchDialog
          kind={dialog}
          task={task}
          before={before}
          text={person ? text : undefined}
          onClose={() => setDialog(undefined)}
        />
      )}
    </div>
  );
}
