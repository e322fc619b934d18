import { ChartNoAxesColumn } from "lucide-react";
import { api } from "~/api/endpoints";
import { dollars, number } from "~/format/numbers";
import { Empty, Loading, ProblemNote, Scrollable } from "~/kit";
import { useTranslation } from "~/messages";
import { useSetting } from "../useSetting";
import { UsualLimits } from "./UsualLimits";

/** What tasks used, and how much new ones may use. */
export function Usage() {
  return (
    <>
      <Used />
      <UsualLimits />
    </>
  );
}

/** What tasks used, by model. */
function Used() {
  const { t } = useTranslation();
  const usage = useSetting("usage", api.settings.usage);
  if (usage.isPending) return <Loading />;
  if (usage.isError) return <ProblemNote error={usage.error} />;
  if (usage.data.length === 0) {
    return <Empty icon={<ChartNoAxesColumn aria-hidden />} title={t("settings.usage.none")} />;
  }
  const sum = usage.data.reduce((total, line) => total + line.cost_usd, 0);
  const columns = ["tasks", "turns", "questions", "cards", "read", "written", "cost"] as const;
  return (
    <Scrollable label={t("settings.usage.byModel")} className="overflow-x-auto rounded-lg border bg-surface">
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="text-xs text-ink-3">
            <th scope="col" className="px-3 py-2 text-left font-medium">
              {t("settings.usage.model")}
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="px-3 py-2 text-right font-medium">
                {t(`settings.usage.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {usage.data.map((line) => (
            <tr key={line.model} className="border-t">
              <th scope="row" className="px-3 py-2 text-left font-normal">
                {line.model}
              </th>
              <td className="px-3 py-2 text-right">{number(line.tasks)}</td>
              <td className="px-3 py-2 text-right">{number(line.turns)}</td>
              <td className="px-3 py-2 text-right">{number(line.asked)}</td>
              <td className="px-3 py-2 text-right">{number(line.cards)}</td>
              <td className="px-3 py-2 text-right">{number(line.input_tokens)}</td>
              <td className="px-3 py-2 text-right">{number(line.output_tokens)}</td>
              <td className="px-3 py-2 text-right">{dollars(line.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t font-medium">
            <th scope="row" className="px-3 py-2 text-left" colSpan={7}>
              {t("settings.usage.total")}
            </th>
            <td className="px-3 py-2 text-right">{dollars(sum)}</td>
          </tr>
        </tfoot>
      </table>
    </Scrollable>
  );
}
