import { Archive as ArchiveIcon } from "lucide-react";
import { useTasks } from "~/api/queries";
import { Empty, Loading, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { Page } from "./Page";
import { TaskRow } from "./TaskRow";
import { useNow } from "./visible";

/** Tasks that were put away. */
export function Archive() {
  const { t } = useTranslation();
  const tasks = useTasks();
  const now = useNow();
  const archived = (tasks.data ?? []).filter((task) => task.archived);
  return (
    <Page title={t("shell.archive.title")} about={t("shell.archive.about")}>
      {tasks.isPending && <Loading />}
      {tasks.isError && <ProblemNote error={tasks.error} />}
      {tasks.isSuccess && archived.length === 0 && (
        <Empty icon={<ArchiveIcon aria-hidden />} title={t("shell.archive.empty")} />
      )}
      <ul className="-mx-2.5">
        {archived.map((task) => (
          <TaskRow key={task.id} task={task} now={now} here={false} />
        ))}
      </ul>
    </Page>
  );
}
