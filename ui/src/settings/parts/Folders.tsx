import { FolderPlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { Permission } from "~/api/types";
import { FolderDialog } from "~/home/FolderDialog";
import {
  Button,
  Confirm,
  Empty,
  IconButton,
  Loading,
  Menu,
  MenuChoices,
  ProblemNote,
  Untrusted,
} from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

const MODES = ["ro", "rw-no-delete", "rw"] as const;

/** Folders every task sees that names none. */
export function Folders() {
  const { t } = useTranslation();
  const state = useAppState();
  const folders = useSetting("folders", api.settings.folders);
  const [adding, setAdding] = useState(false);
  const [asking, setAsking] = useState(false);
  const grant = useChange(api.settings.grant);
  const revoke = useChange(api.settings.revoke);
  const revokeAll = useChange(api.settings.revokeAll);
  if (folders.isPending) return <Loading />;
  if (folders.isError) return <ProblemNote error={folders.error} />;
  return (
    <>
      {[grant, revoke, revokeAll].map(
        (change, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: always the same three
          change.isError && <ProblemNote key={index} error={change.error} className="mb-3" />,
      )}
      {folders.data.length === 0 ? (
        <Empty icon={<FolderPlus aria-hidden />} title={t("settings.folders.none")}>
          {t("settings.folders.noneAbout")}
        </Empty>
      ) : (
        <ul className="divide-y rounded-lg border bg-surface">
          {folders.data.map((folder) => (
            <li key={folder.path} className="flex items-center gap-2 px-4 py-2.5">
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">
                  <Untrusted text={folder.name} />
                </p>
                <p className="truncate text-xs text-ink-3" title={folder.path}>
                  <Untrusted text={folder.path} />
                  {folder.outside_home && <> · {t("settings.folders.outside")}</>}
                </p>
              </div>
              <Menu
                trigger={
                  <Button size="sm" look="quiet">
                    {t(`home.permission.${folder.mode}.short`)}
                  </Button>
                }
              >
                <MenuChoices
                  value={folder.mode}
                  onChange={(mode) =>
                    grant.mutate({
                      path: folder.path,
                      mode: mode as Permission,
                      allow_outside_home: folder.outside_home,
                    })
                  }
                  choices={MODES.map((value) => ({
                    value,
                    title: t(`home.permission.${value}.title`),
                    detail: t(`home.permission.${value}.detail`),
                  }))}
                />
              </Menu>
              <IconButton
                label={t("settings.folders.remove", { name: folder.name })}
                onClick={() => revoke.mutate(folder.path)}
              >
                <Trash2 aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <Button look="primary" icon={<FolderPlus aria-hidden />} onClick={() => setAdding(true)}>
          {t("settings.folders.add")}
        </Button>
        {folders.data.length > 0 && (
          <Button look="danger" onClick={() => setAsking(true)}>
            {t("settings.folders.revokeAll")}
          </Button>
        )}
      </div>
      <FolderDialog
        open={adding}
        onOpenChange={setAdding}
        personal={state.data?.personal_folder ?? ""}
        onChoose={(folder, outside) => grant.mutate({ ...folder, allow_outside_home: outside })}
      />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger
        title={t("settings.folders.revokeAsk")}
        action={t("settings.folders.revokeAll")}
        onConfirm={async () => void (await revokeAll.mutateAsync(undefined))}
      >
        {t("settings.folders.revokeAbout")}
      </Confirm>
    </>
  );
}
