import { Markdown, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import type { BodyOf } from "../types";

/** A presentation's text, slide by slide. */
export function SlidesBody({ slides }: { slides: BodyOf<"slides">["slides"] }) {
  const { t } = useTranslation();
  return (
    <Scrollable label={t("files.slides")} className="h-full overflow-auto">
      <ol className="flex min-h-full flex-col gap-4 bg-sunken p-5">
        {slides.map((slide) => (
          <li key={slide.number} className="mx-auto w-full max-w-2xl rounded-lg border bg-surface p-5">
            <p className="text-xs text-ink-3">{t("files.slide", { number: slide.number })}</p>
            {slide.title !== "" && (
              <h3 className="mt-1 text-lg font-semibold">
                <Untrusted text={slide.title} />
              </h3>
            )}
            <div className="mt-2">
              <Markdown text={slide.text} />
            </div>
          </li>
        ))}
      </ol>
    </Scrollable>
  );
}
