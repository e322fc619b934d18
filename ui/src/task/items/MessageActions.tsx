import { Copy, Ellipsis, GitBranch, PencilLine, RefreshCw } from "lucide-react";
import type { Item, TaskPage } from "~/api/types";
import { IconButton, Menu, MenuItem, useCopy } from "~/kit";
import { useTranslation } from "~/messages";
import { useBranch } from "../branch";
import { useTaskContext } from "../context";
import { branchPoints } from "../model/branch";

export interface MessageActionsProps {
  item: Item;
  text: string;
  page: TaskPage;
}

/** Copy, branch, say it differently, try another model. Seen on hover and focus, always there for the keyboard. */
export function MessageActions({ item, text, page }: MessageActionsProps) {
  const { t } = useTranslation();
  const { copy } = useCopy();
  const ask = useTaskContext().branch;
  const branch = useBranch(page.head.id);
  const person = item.body.type === "person";
  const { before, again } = branchPoints(page.items, item);
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
        {person ? (
          <>
            <MenuItem icon={<PencilLine aria-hidden />} onSelect={() => ask({ kind: "edit", before, text })}>
              {t("task.message.edit")}
            </MenuItem>
            <MenuItem
              icon={<GitBranch aria-hidden />}
              disabled={branch.isPending}
              onSelect={() => branch.mutate({ before })}
            >
              {t("task.message.again")}
            </MenuItem>
          </>
        ) : (
          <MenuItem icon={<GitBranch aria-hidden />} onSelect={() => ask({ kind: "branch", before })}>
            {t("task.message.branch")}
          </MenuItem>
        )}
        <MenuItem icon={<RefreshCw aria-hidden />} onSelect={() => ask({ kind: "retry", before: again })}>
          {t("task.message.retry")}
        </MenuItem>
      </Menu>
    </div>
  );
}
