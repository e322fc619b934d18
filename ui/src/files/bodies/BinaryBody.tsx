import { FileQuestion, FolderOpen } from "lucide-react";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import { Button, Empty, toastProblem } from "~/kit";
import { useTranslation } from "~/messages";
import { useViewing } from "../context";

/** What cannot be shown here: what it is, and how to get at it. */
export function BinaryBody({ kind }: { kind: string }) {
  const { t } = useTranslation();
  const { task, path, hash } = useViewing();
  const canOpen = useAppState().data?.can_open_files === true && hash === undefined;
  return (
    <Empty icon={<FileQuestion aria-hidden />} title={t("files.binary.title", { kind })}>
      <p>{t(canOpen ? "files.binary.about" : "files.binary.aboutKeep")}</p>
      {canOpen && (
        <Button
          size="sm"
          className="mt-2"
          icon={<FolderOpen aria-hidden />}
          onClick={() => {
            api.tasks.open(task, { path, how: "reveal" }).catch((error: unknown) => toastProblem(error, t));
          }}
        >
          {t("files.reveal")}
        </Button>
      )}
    </Empty>
  );
}
