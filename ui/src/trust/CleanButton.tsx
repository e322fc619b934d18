import { Sprout } from "lucide-react";
import { useState } from "react";
import { Button } from "~/kit";
import { useTranslation } from "~/messages";
import { CleanDialog } from "./CleanDialog";

/** Goes on in a task that knows nothing of what this one read. */
export function CleanButton({ task, disabled }: { task: string; disabled?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="sm"
        icon={<Sprout aria-hidden />}
        disabled={disabled ?? false}
        onClick={() => setOpen(true)}
      >
        {t("trust.cleanFork.open")}
      </Button>
      {open && <CleanDialog task={task} onClose={() => setOpen(false)} />}
    </>
  );
}
