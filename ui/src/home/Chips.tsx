import { ChevronDown, File, Folder, LoaderCircle } from "lucide-react";
import type { AppState, Permission } from "~/api/types";
import { Chip } from "~/composer/Chip";
import type { Given } from "~/composer/uploads";
import { bytes } from "~/format/numbers";
import { Menu, MenuChoices, Untrusted } from "~/kit";
import { useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { draft, lastPart } from "./draft";

const MODES = ["rw-no-delete", "ro", "rw"] as const satisfies Permission[];

/** The folders of the task, with what may be done there; the standing ones when none was chosen. */
export function FolderChips({ state }: { state: AppState }) {
  const { t } = useTranslation();
  const { folders } = useStore(draft);
  if (folders.length === 0) {
    return state.standing_folders.map((folder) => (
      <Chip key={folder.path} icon={<Folder aria-hidden />} quiet title={folder.path}>
        <span className="truncate">
          <Untrusted text={lastPart(folder.path)} />
        </span>
        <span className="text-xs text-ink-3">{t("home.standing")}</span>
      </Chip>
    ));
  }
  return folders.map((folder) => {
    const name = lastPart(folder.path);
    const change = (mode: Permission) =>
      draft.set((now) => ({
        ...now,
        folders: now.folders.map((one) => (one.path === folder.path ? { ...one, mode } : one)),
      }));
    const remove = () =>
      draft.set((now) => ({ ...now, folders: now.folders.filter(({ path }) => path !== folder.path) }));
    const mode = t(`home.permission.${folder.mode}.short`);
    return (
      <Chip
        key={folder.path}
        icon={<Folder aria-hidden className="text-accent" />}
        title={folder.path}
        removeLabel={t("home.removeFolder", { name })}
        onRemove={remove}
      >
        <span className="truncate">
          <Untrusted text={name} />
        </span>
        <Menu
          wide
          trigger={
            <button
              type="button"
              aria-label={t("home.folderMode", { name, mode })}
              className="flex items-center gap-0.5 rounded-sm px-1 text-xs text-ink-2 hover:bg-hover hover:text-ink [&_svg]:size-3.5"
            >
              {mode}
              <ChevronDown aria-hidden />
            </button>
          }
        >
          <MenuChoices
            value={folder.mode}
            onChange={change}
            choices={MODES.map((value) => ({
              value,
              title: t(`home.permission.${value}.title`),
              detail: t(`home.permission.${value}.detail`),
            }))}
          />
        </Menu>
      </Chip>
    );
  });
}

/** Files that were given to the task. */
export function FileChips({ list, onRemove }: { list: readonly Given[]; onRemove: (key: number) => void }) {
  const { t } = useTranslation();
  return list.map((file) => (
    <Chip
      key={file.key}
      bad={file.state === "failed"}
      icon={
        file.state === "sending" ? (
          <LoaderCircle aria-hidden className="animate-turn" />
        ) : (
          <File aria-hidden />
        )
      }
      removeLabel={t("home.files.remove", { name: file.name })}
      onRemove={() => onRemove(file.key)}
    >
      <span className="truncate">
        <Untrusted text={file.name} />
      </span>
      <span role={file.state === "failed" ? "alert" : undefined} className="text-xs opacity-80">
        {file.error ?? bytes(file.size)}
      </span>
    </Chip>
  ));
}
