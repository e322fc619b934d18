import { Brain, ChevronDown, Cpu, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import type { Effort, ModelChoice, WorkMode } from "~/api/types";
import { Menu, MenuChoices, MenuItem, MenuLine } from "~/kit";
import { useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { changeDraft, draft } from "./draft";

const EFFORTS = ["low", "standard", "high"] as const satisfies Effort[];
const WORK_MODES = ["auto", "manual", "plan", "skip"] as const satisfies WorkMode[];

function Trigger({
  icon,
  label,
  children,
  ...rest
}: {
  icon: ReactNode;
  label: string;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      {...rest}
      className="flex h-8 max-w-60 items-center gap-1.5 rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink [&_svg]:size-4 [&_svg]:shrink-0"
    >
      {icon}
      <span className="truncate">{children}</span>
      <ChevronDown aria-hidden className="size-3.5!" />
    </button>
  );
}

/** The model that is chosen; without a choice the default. */
function useChosen(models: readonly ModelChoice[]): ModelChoice | undefined {
  const { model } = useStore(draft);
  return models.find(({ id }) => id === model) ?? models.find((one) => one.default) ?? models[0];
}

/** Which model works. */
export function ModelMenu({ models }: { models: readonly ModelChoice[] }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const chosen = useChosen(models);
  const title = chosen?.title ?? t("home.model.none");
  return (
    <Menu
      wide
      trigger={
        <Trigger icon={<Cpu aria-hidden />} label={t("home.model.label", { title })}>
          {title}
        </Trigger>
      }
    >
      <MenuChoices
        value={chosen?.id ?? ""}
        onChange={(id) => changeDraft({ model: id })}
        choices={models.map(({ id, title: name, detail }) => ({ value: id, title: name, detail }))}
      />
      <MenuLine />
      <MenuItem onSelect={() => navigate("/settings/models")}>{t("home.model.more")}</MenuItem>
    </Menu>
  );
}

/** How much the model may think; only for models that think. */
export function EffortMenu({ models }: { models: readonly ModelChoice[] }) {
  const { t } = useTranslation();
  const { effort } = useStore(draft);
  if (!useChosen(models)?.thinks) return null;
  const title = t(`home.effort.${effort}.title`);
  return (
    <Menu
      wide
      trigger={
        <Trigger icon={<Brain aria-hidden />} label={t("home.effort.label", { title })}>
          {title}
        </Trigger>
      }
    >
      <MenuChoices
        value={effort}
        onChange={(value) => changeDraft({ effort: value })}
        choices={EFFORTS.map((value) => ({
          value,
          title: t(`home.effort.${value}.title`),
          detail: t(`home.effort.${value}.detail`),
        }))}
      />
    </Menu>
  );
}

/** How much it does without asking. */
export function ModeMenu() {
  const { t } = useTranslation();
  const { mode } = useStore(draft);
  const title = t(`home.mode.${mode}.title`);
  return (
    <Menu
      wide
      trigger={
        <Trigger icon={<ShieldCheck aria-hidden />} label={t("home.mode.label", { title })}>
          {title}
        </Trigger>
      }
    >
      <MenuChoices
        value={mode}
        onChange={(value) => changeDraft({ mode: value })}
        choices={WORK_MODES.map((value) => ({
          value,
          title: t(`home.mode.${value}.title`),
          detail: t(`home.mode.${value}.detail`),
        }))}
      />
    </Menu>
  );
}
