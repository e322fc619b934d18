import { Archive, ArchiveRestore, Ellipsis, FileDown, Pencil, Pin, PinOff } from "lucide-react";
import { useState } from "react";
import { exportUrl } from "~/api/endpoints";
import type { TaskHead } from "~/api/types";
import { Button, Dialog, IconButton, Menu, MenuItem, MenuLine, TextField, toast } from "~/kit";
import { useTranslation } from "~/messages";
import { useMark } from "./mark";

/** What can be done with a task's line: rename, pin, archive, save the conversation. */
export function TaskMenu({ task, className }: { task: TaskHead; className?: string }) {
  const { t } = useTranslation();
  const [renaming, setRenaming] = useState(false);
  const mark = useMark();
  const archive = (archived: boolean) =>
    mark(task, { archived }, () => {
      if (archived) {
        toast({
          level: "info",
          text: t("shell.menu.archivedNow"),
          action: { label: t("shell.menu.undo"), run: () => mark(task, { archived: false }) },
        });
      }
    });
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton
            label={t("shell.menu.open", { title: task.title })}
            size="sm"
            className={className ?? ""}
          >
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil aria-hidden />} onSelect={() => setRenaming(true)}>
          {t("shell.menu.rename")}
        </MenuItem>
        <MenuItem
          icon={task.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
          onSelect={() => mark(task, { pinned: !task.pinned })}
        >
          {t(task.pinned ? "shell.menu.unpin" : "shell.menu.pin")}
        </MenuItem>
        <MenuItem icon={<FileDown aria-hidden />} onSelect={() => window.location.assign(exportUrl(task.id))}>
          {t("shell.menu.export")}
        </MenuItem>
        <MenuLine />
        <MenuItem
          icon={task.archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}
          onSelect={() => archive(!task.archived)}
        >
          {t(task.archived ? "shell.menu.unarchive" : "shell.menu.archive")}
        </MenuItem>
      </Menu>
      {renaming && <Rename task={task} onClose={() => setRenaming(false)} />}
    </>
  );
}

function Rename({ task, onClose }: { task: TaskHead; onClose: () => void }) {
  const { t } = useTranslation();
  const mark = useMark();
  const [title, setTitle] = useState(task.title);
  const save = () => mark(task, { title: title.trim() }, onClose);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("shell.rename.title")}
      size="sm"
      actions={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button look="primary" onClick={save}>
            {t("shell.rename.save")}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label={t("shell.rename.label")}
          hint={t("shell.rename.hint")}
          value={title}
          maxLength={200}
          autoFocus
          onFocus={(event) => event.target.select()}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
