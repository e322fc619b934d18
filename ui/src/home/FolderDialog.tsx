import { useQuery } from "@tanstack/react-query";
import { CornerLeftUp, Folder, House } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import type { FolderChoice, Permission } from "~/api/types";
import { Button, Checkbox, Dialog, Loading, Note, ProblemNote, Radios, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { isOutside } from "./draft";

export interface FolderDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  personal: string;
  onChoose: (folder: FolderChoice, outside: boolean) => void;
  focusAfter?: () => void;
  /** The name of a folder that was dropped: all that a browser tells of it. */
  dropped?: string;
}

/** Chooses a folder of this computer and what may be done in it. */
export function FolderDialog(props: FolderDialogProps) {
  return props.open ? <Chooser {...props} /> : null;
}

function Chooser({ onOpenChange, personal, onChoose, focusAfter, dropped }: FolderDialogProps) {
  const { t } = useTranslation();
  const [path, setPath] = useState<string>();
  const [mode, setMode] = useState<Permission>("rw-no-delete");
  const [confirmed, setConfirmed] = useState(false);
  const here = useQuery({
    queryKey: ["browse", path ?? ""],
    queryFn: () => api.browse(path),
    staleTime: 5_000,
  });
  const go = (next: string | undefined) => {
    setPath(next);
    setConfirmed(false);
  };
  const shown = here.data;
  const outside = shown !== undefined && isOutside(shown.path, personal);
  const usable = shown !== undefined && !shown.refused && (!outside || confirmed);
  const choose = () => {
    if (!shown) return;
    onChoose({ path: shown.path, mode }, outside);
    onOpenChange(false);
  };
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      {...(focusAfter ? { focusAfter } : {})}
      title={t("home.folder.title")}
      about={t("home.folder.about")}
      actions={
        <>
          <Button onClick={() => onOpenChange(false)}>{t("kit.cancel")}</Button>
          <Button look="primary" disabled={!usable} onClick={choose}>
            {t("home.folder.use")}
          </Button>
        </>
      }
    >
      {dropped !== undefined && (
        <Note
          level="info"
          role="status"
          className="mb-3"
          title={t("home.folder.dropped", { name: dropped })}
        />
      )}
      <div className="rounded-lg border">
        <div className="flex items-center gap-1 border-b bg-sunken px-2 py-1.5">
          <Button
            look="quiet"
            size="sm"
            icon={<CornerLeftUp aria-hidden />}
            disabled={!shown?.parent}
            onClick={() => go(shown?.parent ?? undefined)}
          >
            {t("home.folder.up")}
          </Button>
          <Button look="quiet" size="sm" icon={<House aria-hidden />} onClick={() => go(undefined)}>
            {t("home.folder.personal")}
          </Button>
        </div>
        <p className="border-b px-3 py-2 text-sm [overflow-wrap:anywhere]" aria-live="polite">
          {shown && (
            <>
              <Untrusted text={shown.path} className="font-medium" />
              <span className="text-ink-3"> · {t("home.folder.count", { count: shown.files })}</span>
            </>
          )}
        </p>
        <div className="h-56 overflow-y-auto p-1">
          {here.isPending && <Loading />}
          {here.isError && (
            <ProblemNote
              error={here.error}
              className="m-2"
              actions={
                <Button size="sm" onClick={() => go(undefined)}>
                  {t("home.folder.personal")}
                </Button>
              }
            />
          )}
          {shown?.folders.length === 0 && <p className="p-3 text-sm text-ink-3">{t("home.folder.empty")}</p>}
          <ul aria-label={t("home.folder.list")}>
            {shown?.folders.map((folder) => (
              <li key={folder.path}>
                <button
                  type="button"
                  onClick={() => go(folder.path)}
                  className="flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-sm hover:bg-hover"
                >
                  <Folder className="size-4 shrink-0 text-ink-3" aria-hidden />
                  <span className="truncate">
                    <Untrusted text={folder.name} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
      {shown?.refused && (
        <Note level="warning" role="status" className="mt-3" title={t("home.folder.refused")}>
          {shown.refused}
        </Note>
      )}
      {outside && !shown?.refused && (
        <Note level="warning" role="status" className="mt-3" title={t("home.folder.outside")}>
          <Checkbox
            label={t("home.folder.outsideConfirm")}
            checked={confirmed}
            onChange={setConfirmed}
            className="mt-1"
          />
        </Note>
      )}
      <div className="mt-4">
        <Radios
          label={t("home.folder.mode")}
          value={mode}
          onChange={setMode}
          options={(["rw-no-delete", "ro", "rw"] as const).map((value) => ({
            value,
            title: t(`home.permission.${value}.title`),
            detail: t(`home.permission.${value}.detail`),
          }))}
        />
      </div>
    </Dialog>
  );
}
