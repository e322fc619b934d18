import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "~/messages";

/** Where nothing is yet: what will be here, and how it gets here. */
export function Empty({
  icon,
  title,
  children,
}: {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-2 px-6 py-12 text-center text-sm text-ink-2 [&>svg]:size-6 [&>svg]:text-ink-3">
      {icon}
      <div className="font-medium text-ink">{title}</div>
      {children}
    </div>
  );
}

/** Something is being fetched. Appears only after a moment, so that quick answers do not flicker. */
export function Loading({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <div
      role="status"
      className="flex animate-[appear_200ms_ease-out_250ms_backwards] items-center justify-center gap-2 p-8 text-sm text-ink-3"
    >
      <LoaderCircle className="size-4 animate-turn" aria-hidden />
      {label ?? t("shell.loading")}
    </div>
  );
}
