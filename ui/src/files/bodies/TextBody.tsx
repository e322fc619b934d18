import { lazy, Suspense, useCallback } from "react";
import { useTranslation } from "~/messages";
import { useViewing } from "../context";
import { Cut } from "./Cut";

const Code = lazy(() => import("../code/Code"));

/** Text and code: the plain text at once, with colours when the editor is there. */
export function TextBody({ text, language, cut }: { text: string; language: string; cut: boolean }) {
  const { t } = useTranslation();
  const { choose } = useViewing();
  const onChoose = useCallback(
    (words: string, from: number, to: number) =>
      choose(
        words.trim() === ""
          ? undefined
          : {
              text: words,
              place: from === to ? t("files.place.line", { from }) : t("files.place.lines", { from, to }),
            },
      ),
    [choose, t],
  );
  return (
    <>
      <Suspense
        fallback={
          <pre className="min-h-0 flex-1 overflow-auto px-4 py-3 font-mono text-xs leading-5">
            {text.slice(0, 20_000)}
          </pre>
        }
      >
        <Code text={text} language={language} label={t("files.content")} onChoose={onChoose} />
      </Suspense>
      <Cut cut={cut} />
    </>
  );
}
