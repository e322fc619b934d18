import { ImageOff, Minus, Plus } from "lucide-react";
import { useState } from "react";
import { rawUrl } from "~/api/endpoints";
import { Button, cx, Empty, IconButton, Scrollable } from "~/kit";
import { useTranslation } from "~/messages";
import { askedFor, useViewing } from "../context";
import { percent, zoomed } from "../zoom";

/** A picture on a checkered, so that what is transparent is seen. */
export function ImageBody({ name, width, height }: { name: string; width?: number; height?: number }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const [size, setSize] = useState({ width, height });
  const [failed, setFailed] = useState(false);
  /** Absent = as large as fits. */
  const [zoom, setZoom] = useState<number>();
  if (failed) return <Empty icon={<ImageOff aria-hidden />} title={t("files.image.failed")} />;
  const known = size.width !== undefined && size.height !== undefined;
  const change = (by: 1 | -1) => setZoom((now) => zoomed(now ?? 1, by));
  return (
    <>
      <div className="flex shrink-0 items-center gap-1 border-b px-3 py-1 text-xs text-ink-3">
        <span className="flex-1 tabular-nums">{known && t("files.image.size", size)}</span>
        <IconButton label={t("files.zoom.out")} size="sm" onClick={() => change(-1)}>
          <Minus aria-hidden />
        </IconButton>
        <span className="w-11 text-center tabular-nums" aria-live="polite">
          {zoom === undefined ? t("files.zoom.fitShort") : percent(zoom)}
        </span>
        <IconButton label={t("files.zoom.in")} size="sm" onClick={() => change(1)}>
          <Plus aria-hidden />
        </IconButton>
        <Button look="quiet" size="sm" disabled={zoom === undefined} onClick={() => setZoom(undefined)}>
          {t("files.zoom.fit")}
        </Button>
        <Button look="quiet" size="sm" disabled={zoom === 1} onClick={() => setZoom(1)}>
          {t("files.zoom.whole")}
        </Button>
      </div>
      <Scrollable
        label={t("files.content")}
        className={cx(
          "min-h-0 flex-1 focus-visible:-outline-offset-2",
          "overflow-auto bg-sunken p-4",
          zoom === undefined && "flex items-center justify-center",
        )}
      >
        <img
          src={rawUrl(viewing.task, askedFor(viewing))}
          alt={t("files.image.alt", { name })}
          referrerPolicy="no-referrer"
          draggable={false}
          onError={() => setFailed(true)}
          onLoad={({ currentTarget: image }) =>
            setSize((now) => ({
              width: now.width ?? image.naturalWidth,
              height: now.height ?? image.naturalHeight,
            }))
          }
          className={cx(
            "checkered shadow-sm",
            zoom === undefined ? "max-h-full max-w-full" : "mx-auto max-w-none",
          )}
          style={zoom === undefined || !size.width ? undefined : { width: Math.round(size.width * zoom) }}
        />
      </Scrollable>
    </>
  );
}
