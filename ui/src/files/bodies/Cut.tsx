import { Note } from "~/kit";
import { useTranslation } from "~/messages";

/** Says that there is more than what is shown. */
export function Cut({ cut }: { cut: boolean }) {
  const { t } = useTranslation();
  return cut ? (
    <Note level="info" className="mx-4 my-3 shrink-0">
      {t("files.cut")}
    </Note>
  ) : null;
}
