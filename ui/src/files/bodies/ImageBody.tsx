import { ZoomIn, ZoomOut } from "lucide-react";
import { useState } from "react";
import { rawUrl } from "~/api/endpoints";
import { cx, IconButton, Note } from "~/kit";
import { useTranslation } from "~/messages";

/** A picture; SVG too: as a picture it runs no script and loads nothing. */
export function ImageBody(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  name: string;
  width?: number | null | undefined;
  height?: number | null | undefined;
}) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(true);
  const [broken, setBroken] = useState(false);
  if (broken) return <Note level="warning" className="m-4" title={t("files.brokenImage")} />;
  return (
    <div className="relative h-full overflow-auto bg-sunken">
      <div className={cx("flex min-h-full items-center justify-center p-4", whole && "h-full")}>
        <img
          src={rawUrl(props.task, { path: props.path, hash: props.hash ?? null })}
          alt={props.name}
          onError={() => setBroken(true)}
          className={cx(
            "checkered rounded-sm",
            whole ? "max-h-full max-w-full object-contain" : "max-w-none",
          )}
        />
      </div>
      <div className="sticky bottom-2 flex justify-center gap-2 text-xs text-ink-3">
        <span className="flex items-center gap-1 rounded-md border bg-surface px-1">
          <IconButton
            label={whole ? t("files.actualSize") : t("files.wholeImage")}
            size="sm"
            onClick={() => setWhole(!whole)}
          >
            {whole ? <ZoomIn aria-hidden /> : <ZoomOut aria-hidden />}
          </IconButton>
          {props.width && props.height ? (
            <span className="pr-2 tabular-nums">
              {props.width} × {props.height}
            </span>
          ) : null}
        </span>
      </div>
    </div>
  );
}
