import { useMutation } from "@tanstack/react-query";
import { ArrowUp, FolderPlus, Paperclip } from "lucide-react";
import { type RefObject, Suspense, useRef, useState } from "react";
import { useLocation } from "wouter";
import { api } from "~/api/endpoints";
import type { AppState, Starter } from "~/api/types";
import { given } from "~/composer/drop";
import { TextBox, type TextBoxHandle } from "~/composer/TextBox";
import { useUploads } from "~/composer/uploads";
import { voiceOf } from "~/composer/voice";
import { Button, cx, IconButton, ProblemNote } from "~/kit";
import { useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { later, onIntent } from "~/shell/later";
import { BudgetButton } from "./BudgetButton";
import { FileChips, FolderChips } from "./Chips";
import { changeDraft, draft, EMPTY, isOutside } from "./draft";
import { EffortMenu, ModelMenu, ModeMenu } from "./Menus";

export const FolderDialog = later(() => import("./FolderDialog").then((view) => view.FolderDialog));

export interface NewTaskProps {
  state: AppState;
  box: RefObject<TextBoxHandle | null>;
  choosingFolder: boolean;
  onChoosingFolder: (open: boolean) => void;
  onStarter: (starter: Starter) => void;
}

/** The composer of a new task: the outcome, and what the task may see, use and spend. */
export function NewTask({ state, box, choosingFolder, onChoosingFolder, onStarter }: NewTaskProps) {
  const { t } = useTranslation();
  const now = useStore(draft);
  const uploads = useUploads();
  const picker = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState(false);
  const [dropped, setDropped] = useState<string>();
  const [, navigate] = useLocation();

  const make = useMutation({
    mutationFn: () =>
      api.tasks.make({
        prompt: now.text.trim(),
        voice: voiceOf(now.text.trim()),
        folders: [...now.folders],
        model: now.model,
        effort: now.effort,
        mode: now.mode,
        budget: now.budget,
        uploads: uploads.ids,
        allow_outside_home:
          now.folders.some(({ path }) => isOutside(path, state.personal_folder)) && now.outside,
      }),
    onSuccess: ({ id }) => {
      // What was chosen for this task says nothing about the next one, except how the person likes to work.
      draft.set((last) => ({ ...EMPTY, mode: last.mode, model: last.model, effort: last.effort }));
      uploads.clear();
      navigate(`/tasks/${id}`);
    },
  });
  const ready = now.text.trim() !== "" && !uploads.sending && !make.isPending;
  const start = () => {
    if (ready) make.mutate();
  };
  const give = (data: DataTransfer) => {
    const { files, folders } = given(data);
    uploads.add(files);
    if (folders[0] === undefined) return;
    setDropped(folders[0]);
    onChoosingFolder(true);
  };
  const places = (now.folders.length > 0 ? now.folders : state.standing_folders).map(({ path }) => path);

  return (
    <section
      aria-label={t("home.pageTitle")}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragged(false);
      }}
      onDrop={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setDragged(false);
        give(event.dataTransfer);
      }}
    >
      <div
        className={cx(
          "relative rounded-xl border border-line-strong/50 bg-surface shadow-[0_1px_3px_rgb(0_0_0/0.05)] focus-within:border-accent",
          dragged && "border-dashed border-accent bg-accent-soft",
        )}
      >
        <TextBox
          ref={box}
          tall
          autoFocus
          label={t("home.label")}
          placeholder={dragged ? t("home.drop") : t("home.placeholder")}
          value={now.text}
          onChange={(text) => changeDraft({ text })}
          onSubmit={start}
          starters={state.starters}
          onStarter={onStarter}
          folders={places}
          onFiles={give}
        />
        <div className="flex flex-wrap items-center gap-1.5 px-3 pb-2">
          <FolderChips state={state} />
          <FileChips list={uploads.list} onRemove={uploads.remove} />
          <Button
            look="quiet"
            size="sm"
            icon={<FolderPlus aria-hidden />}
            onClick={() => onChoosingFolder(true)}
            {...onIntent(FolderDialog)}
          >
            {t("home.addFolder")}
          </Button>
          <IconButton label={t("home.files.add")} className="size-8" onClick={() => picker.current?.click()}>
            <Paperclip aria-hidden />
          </IconButton>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            data-testid="file-picker"
            onChange={(event) => {
              uploads.add([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
        </div>
        <div className="flex flex-wrap items-center gap-1 border-t px-2 py-2">
          <ModelMenu models={state.models} />
          <EffortMenu models={state.models} />
          <ModeMenu />
          <BudgetButton budget={now.budget ?? state.budget} onChange={(budget) => changeDraft({ budget })} />
          <Button
            look="primary"
            className="ml-auto"
            icon={<ArrowUp aria-hidden />}
            busy={make.isPending}
            disabled={!ready}
            onClick={start}
          >
            {t("home.start")}
          </Button>
        </div>
      </div>
      {make.isError ? (
        <ProblemNote error={make.error} className="mt-3" />
      ) : (
        <p className="mt-2 px-1 text-xs text-ink-3 max-sm:hidden">{t("home.hint")}</p>
      )}
      <Suspense>
        {choosingFolder && (
          <FolderDialog
            open
            onOpenChange={(open) => {
              if (!open) setDropped(undefined);
              onChoosingFolder(open);
            }}
            dropped={dropped}
            focusAfter={() => box.current?.focus()}
            personal={state.personal_folder}
            onChoose={(folder, outside) =>
              draft.set((last) => ({
                ...last,
                folders: [...last.folders.filter(({ path }) => path !== folder.path), folder],
                outside: last.outside || outside,
              }))
            }
          />
        )}
      </Suspense>
    </section>
  );
}
