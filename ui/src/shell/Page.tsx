import { type ReactNode, useEffect } from "react";
import { useTranslation } from "~/messages";

/** Sets the title of the window while a view is shown. */
export function useTitle(title: string): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = title === "" ? t("shell.appName") : t("shell.pageTitle", { title });
  }, [title, t]);
}

/** A view with a heading and one column. */
export function Page({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  useTitle(title);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 py-8 sm:px-8">
        <h1 className="text-xl font-semibold">{title}</h1>
        {about !== undefined && <p className="mt-1 text-sm text-ink-2">{about}</p>}
        <div className="mt-6">{children}</div>
      </div>
    </div>
  );
}
