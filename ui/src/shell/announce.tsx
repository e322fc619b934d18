import type { Status } from "~/api/types";
import { newStore, useStore } from "~/kit/store";
import { useTranslation } from "~/messages";

interface Announcement {
  title: string;
  status: Status;
}

const latest = newStore<Announcement | undefined>(undefined);

/** Has a change of a task's status read out. */
export const announce = (announcement: Announcement) => latest.set(announcement);

/** Read by screen readers, seen by nobody. */
export function Announcer() {
  const { t } = useTranslation();
  const said = useStore(latest);
  return (
    <div role="status" aria-live="polite" className="sr-only" data-testid="announcer">
      {said && t("shell.announce", { title: said.title, status: t(`shell.status.${said.status}`) })}
    </div>
  );
}
