import { useCallback, useRef } from "react";
import type { Preview } from "~/api/types";
import { Empty, Markdown, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useSelected } from "../ask/useSelected";

type Slide = Extract<Preview["body"], { type: "slides" }>["slides"][number];

/** A presentation: its slides as cards with their words. How they look is for the program that made them. */
export function SlidesBody({ slides }: { slides: readonly Slide[] }) {
  const { t } = useTranslation();
  const inside = useRef<HTMLElement>(null);
  const placeOf = useCallback(
    (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const number = element?.closest<HTMLElement>("[data-slide]")?.dataset.slide;
      return number === undefined ? undefined : t("files.place.slide", { number });
    },
    [t],
  );
  useSelected(inside, placeOf);
  if (slides.length === 0) return <Empty title={t("files.slides.none")} />;
  return (
    <Scrollable
      label={t("files.content")}
      ref={inside}
      className="min-h-0 flex-1 focus-visible:-outline-offset-2 overflow-y-auto bg-sunken px-4 py-5"
    >
      <p className="mx-auto mb-4 max-w-[44rem] text-xs text-ink-3">{t("files.slides.about")}</p>
      <ol className="mx-auto flex max-w-[44rem] flex-col gap-4">
        {slides.map((slide) => (
          <li
            key={slide.number}
            data-slide={slide.number}
            className="flex min-h-56 flex-col rounded-lg border bg-surface p-5 shadow-sm sm:p-7"
          >
            <p className="text-xs text-ink-3 tabular-nums">
              {t("files.slides.number", { number: slide.number, total: slides.length })}
            </p>
            {slide.title !== "" && (
              <h3 className="mt-1 mb-3 text-lg font-semibold [overflow-wrap:anywhere]">
                <Untrusted text={slide.title} />
              </h3>
            )}
            {slide.text === "" ? (
              <p className="m-auto text-sm text-ink-3">{t("files.slides.empty")}</p>
            ) : (
              <Markdown text={slide.text} />
            )}
            {slide.notes !== "" && (
              <section className="mt-auto border-t pt-3 text-sm text-ink-2">
                <h4 className="mb-1 text-xs font-medium text-ink-3">{t("files.slides.notes")}</h4>
                <Untrusted text={slide.notes} lines className="whitespace-pre-wrap" />
              </section>
            )}
          </li>
        ))}
      </ol>
    </Scrollable>
  );
}
