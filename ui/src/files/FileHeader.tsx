import {
  ChevronDown,
  Download,
  FolderOpen,
  MessageSquarePlus,
  SquareArrowOutUpRight,
  Undo2,
  X,
} from "lucide-react";
import { api, rawUrl } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { OpenRequest, Preview, Rail } from "~/api/types";
import { bytes } from "~/format/numbers";
import { Button, cx, IconButton, Menu, MenuChoices, toastProblem, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { FileMark } from "~/task/FileMark";
import { useUndo } from "~/task/undo";
import { askedFor, useViewing } from "./context";
import { nameOf, placeOf, type Version } from "./versions";

export interface FileHeaderProps {
  preview: Preview | undefined;
  rail: Rail | undefined;
  versions: readonly Version[];
  onVersion: (version: Version) => void;
  onAsk: (() => void) | undefined;
  onClose: (() => void) | undefined;
}

/** What file it is, which version, and what can be done with it. */
export function FileHeader({ preview, rail, versions, onVersion, onAsk, onClose }: FileHeaderProps) {
  const { t } = useTranslation();
  const { path } = useViewing();
  const name = nameOf(path);
  const place = placeOf(rail, path);
  const size = preview && bytes(preview.size);
  const canOpen = useAppState().data?.can_open_files === true;
  const many = versions.length > 1;
  const secondRow = many && canOpen ? SECOND_ROW_OF_MANY : (many || canOpen) && SECOND_ROW;
  return (
    <div className="@container shrink-0 border-b">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 py-2 pr-2 pl-4">
        <FileMark name={name} />
        <div className="min-w-0 flex-1 basis-28">
          <h2 className="truncate text-sm font-semibold" title={name}>
            <Untrusted text={name} />
          </h2>
          <p className="truncate text-xs text-ink-3" title={place ?? path}>
            {size !== undefined && `${size} · `}
            <Untrusted text={place ?? path} />
          </p>
        </div>
        <div className={cx("flex items-center gap-0.5", secondRow)}>
          {many && <Versions versions={versions} onVersion={onVersion} />}
          {onAsk && (
            <IconButton label={t("files.ask.file")} onClick={onAsk}>
              <MessageSquarePlus aria-hidden />
            </IconButton>
          )}
          {canUndo(rail, path) && <UndoFile />}
          <Actions name={name} />
        </div>
        {onClose && (
          <IconButton label={t("kit.close")} onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        )}
      </header>
    </div>
  );
}

/** Whether something a task did to this file stands. */
const canUndo = (rail: Rail | undefined, path: string) =>
  rail?.changes.some(
    ({ kind, files }) => kind === "change" && files.some((file) => file.path === path && file.stands),
  ) ?? false;

/** Takes back what all steps did to this file, whatever it was called then. */
function UndoFile() {
  const { t } = useTranslation();
  const { task, path } = useViewing();
  const { undo, busy } = useUndo(task);
  return (
    <IconButton label={t("files.undo")} disabled={busy} onClick={() => void undo({ path })}>
      <Undo2 aria-hidden />
    </IconButton>
  );
}

/** Where there is no room beside the name, many buttons stand in a row of their own: the one that closes stays where it is. */
const SECOND_ROW = "@max-lg:order-last @max-lg:w-full @max-lg:justify-end";
const SECOND_ROW_OF_MANY = "@max-xl:order-last @max-xl:w-full @max-xl:justify-end";

function Versions({ versions, onVersion }: Pick<FileHeaderProps, "versions" | "onVersion">) {
  const { t } = useTranslation();
  const { hash } = useViewing();
  const idOf = (version: Version) => version.hash ?? "now";
  const now = versions.find((version) => version.hash === hash) ?? { kind: "now" as const };
  const title = (version: Version) => t(`files.version.${version.kind}`, { step: version.step });
  return (
    <Menu
      align="end"
      label={t("files.version.label")}
      trigger={
        <Button look="quiet" size="sm" aria-label={t("files.version.choose", { version: title(now) })}>
          {title(now)}
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <MenuChoices
        value={hash ?? "now"}
        onChange={(id) => {
          const version = versions.find((one) => idOf(one) === id);
          if (version) onVersion(version);
        }}
        choices={versions.map((version) => ({ value: idOf(version), title: title(version) }))}
      />
    </Menu>
  );
}

/** Opening acts on the file as it stands on this computer; a copy can be had of every version. */
function Actions({ name }: { name: string }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const { task, path, hash } = viewing;
  const canOpen = useAppState().data?.can_open_files === true && hash === undefined;
  const open = (how: OpenRequest["how"]) => {
    api.tasks.open(task, { path, how }).catch((error: unknown) => toastProblem(error, t));
  };
  return (
    <>
      {canOpen && (
        <>
          <IconButton label={t("files.open")} onClick={() => open("open")}>
            <SquareArrowOutUpRight aria-hidden />
          </IconButton>
          <IconButton label={t("files.reveal")} onClick={() => open("reveal")}>
            <FolderOpen aria-hidden />
          </IconButton>
        </>
      )}
      <a
        href={rawUrl(task, { ...askedFor(viewing), download: true })}
        download={name}
        title={t("files.download")}
        aria-label={t("files.download")}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-hover hover:text-ink"
      >
        <Download className="size-4" aria-hidden />
      </a>
    </>
  );
}
