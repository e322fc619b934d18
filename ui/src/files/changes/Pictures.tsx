import { useState } from "react";
import { rawUrl } from "~/api/endpoints";
import type { Preview } from "~/api/types";
import { useTranslation } from "~/messages";
import { Tabs } from "../bodies/Tabs";
import { BESIDE, Beside, type Side } from "./Beside";
import { useWidth } from "./useWidth";

interface PicturesProps {
  task: string;
  before: Preview;
  after: Preview;
}

/** Two versions of a picture: side by side, or one over the other with a line to move. */
export function Pictures(props: PicturesProps) {
  const { t } = useTranslation();
  return (
    <Tabs
      label={t("files.views")}
      tabs={[
        { id: "both", title: t("files.changes.both"), view: <BesideEachOther {...props} /> },
        { id: "swipe", title: t("files.changes.swipe"), view: <Swipe {...props} /> },
      ]}
    />
  );
}

const source = (task: string, { path, hash }: Preview) => rawUrl(task, { path, hash });

function sizeOf({ body }: Preview): string | undefined {
  return body.type === "image" && body.width && body.height ? `${body.width} × ${body.height}` : undefined;
}

function BesideEachOther({ task, before, after }: PicturesProps) {
  const { t } = useTranslation();
  const [element, width] = useWidth<HTMLDivElement>();
  const one = (title: string, preview: Preview): Side => ({
    title,
    note: sizeOf(preview),
    view: (
      <div className="flex min-h-0 flex-1 items-center justify-center overflow-auto bg-sunken p-4">
        <img
          src={source(task, preview)}
          alt={t("files.image.alt", { name: `${preview.name} (${title})` })}
          className="checkered max-h-full max-w-full shadow-sm"
        />
      </div>
    ),
  });
  return (
    <div ref={element} className="flex min-h-0 flex-1 flex-col">
      <Beside
        wide={width >= BESIDE}
        sides={[one(t("files.changes.before"), before), one(t("files.changes.after"), after)]}
      />
    </div>
  );
}

function Swipe({ task, before, after }: PicturesProps) {
  const { t } = useTranslation();
  const [at, setAt] = useState(50);
  const picture = "absolute inset-0 m-auto max-h-full max-w-full checkered";
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-sunken p-4">
      <div className="relative min-h-0 flex-1">
        <img
          src={source(task, before)}
          alt={t("files.image.alt", { name: `${before.name} (${t("files.changes.before")})` })}
          className={picture}
        />
        <div className="absolute inset-0" style={{ clipPath: `inset(0 0 0 ${at}%)` }}>
          <img
            src={source(task, after)}
            alt={t("files.image.alt", { name: `${after.name} (${t("files.changes.after")})` })}
            className={picture}
          />
        </div>
        <div
          aria-hidden
          className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-accent"
          style={{ left: `${at}%` }}
        />
      </div>
      <label className="mt-3 flex items-center gap-3 text-xs text-ink-2">
        {t("files.changes.before")}
        <input
          type="range"
          min={0}
          max={100}
          value={at}
          aria-label={t("files.changes.swipeAt")}
          onChange={(event) => setAt(Number(event.target.value))}
          className="flex-1 accent-accent"
        />
        {t("files.changes.after")}
      </label>
    </div>
  );
}
