import type { Sheet } from "~/api/types";
import { Empty, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Tabs } from "../bodies/Tabs";
import { Grid } from "./Grid";

/** A workbook, or a table in text form. */
export function SheetsBody({ sheets, name }: { sheets: readonly Sheet[]; name: string }) {
  const { t } = useTranslation();
  const [only] = sheets;
  if (!only) return <Empty title={t("files.sheets.none")} />;
  if (sheets.length === 1) return <Grid sheet={only} label={only.name || name} />;
  return (
    <Tabs
      label={t("files.sheets.label")}
      tabs={sheets.map((sheet, index) => ({
        id: `${index}`,
        title: <Untrusted text={sheet.name} />,
        view: <Grid sheet={sheet} label={sheet.name} />,
      }))}
    />
  );
}
