import { type ComponentType, useId } from "react";
import { Link } from "wouter";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";
import "~/messages/later/settings";
import { useTitle } from "~/shell/Page";
import { useDrafts } from "./drafts";
import { About } from "./parts/About";
import { Checks } from "./parts/Checks";
import { Connectors } from "./parts/Connectors";
import { Folders } from "./parts/Folders";
import { Instructions } from "./parts/Instructions";
import { Memory } from "./parts/Memory";
import { Models } from "./parts/Models";
import { Network } from "./parts/Network";
import { Plugins } from "./parts/Plugins";
import { Policy } from "./parts/Policy";
import { Sandbox } from "./parts/Sandbox";
import { Skills } from "./parts/Skills";
import { Storage } from "./parts/Storage";
import { Usage } from "./parts/Usage";

const PARTS = {
  folders: Folders,
  models: Models,
  instructions: Instructions,
  memory: Memory,
  connectors: Connectors,
  plugins: Plugins,
  skills: Skills,
  policy: Policy,
  sandbox: Sandbox,
  network: Network,
  usage: Usage,
  storage: Storage,
  checks: Checks,
  about: About,
} satisfies Record<string, ComponentType>;

type Part = keyof typeof PARTS;
const names = Object.keys(PARTS) as Part[];

/** Settings, a part at a time. */
export default function Settings({ part }: { part: string }) {
  const { t } = useTranslation();
  const here: Part = part in PARTS ? (part as Part) : "folders";
  const Shown = PARTS[here];
  const heading = useId();
  const unsaved = useDrafts();
  useTitle(t(`settings.${here}.title`));
  return (
    <div className="flex h-full flex-col md:flex-row">
      <nav
        aria-label={t("settings.title")}
        className="flex shrink-0 gap-0.5 overflow-x-auto border-b p-2 md:w-52 md:flex-col md:overflow-y-auto md:border-r md:border-b-0 md:p-3"
      >
        <p className="hidden px-2.5 pb-2 text-lg font-semibold md:block">{t("settings.title")}</p>
        {names.map((name) => (
          <Link
            key={name}
            href={`/settings/${name}`}
            aria-current={name === here ? "page" : undefined}
            className={cx(
              "shrink-0 rounded-md px-2.5 py-1.5 text-sm",
              name === here ? "bg-hover font-medium" : "text-ink-2 hover:bg-hover hover:text-ink",
            )}
          >
            {t(`settings.${name}.title`)}
            {unsaved[name] !== undefined && (
              <span className="ml-1.5 text-warn" title={t("settings.unsaved")}>
                <span aria-hidden>•</span>
                <span className="sr-only">{t("settings.unsaved")}</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a page without controls must be reachable to be scrolled */}
      <section aria-labelledby={heading} tabIndex={0} className="min-h-0 min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-3xl px-5 py-6 sm:px-8">
          <h1 id={heading} className="text-xl font-semibold">
            {t(`settings.${here}.title`)}
          </h1>
          <p className="mt-1 mb-6 text-sm text-ink-2">{t(`settings.${here}.about`)}</p>
          <Shown key={here} />
        </div>
      </section>
    </div>
  );
}
