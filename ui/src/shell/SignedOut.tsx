import { KeyRound } from "lucide-react";
import { useEffect } from "react";
import { carriesToken } from "~/api/session";
import { Button } from "~/kit";
import { useTranslation } from "~/messages";
import { useTitle } from "./Page";

/** Shown when the server does not know this window. */
export function SignedOut() {
  const { t } = useTranslation();
  useTitle(t("shell.signedOut.title"));
  // The new link opened in this very window changes only the address's fragment, and nothing would be asked again.
  useEffect(() => {
    const opened = () => {
      if (carriesToken(window.location.hash)) window.location.reload();
    };
    window.addEventListener("hashchange", opened);
    return () => window.removeEventListener("hashchange", opened);
  }, []);
  return (
    <main className="flex h-full items-center justify-center p-6">
      <div className="max-w-md">
        <KeyRound className="size-8 text-accent" aria-hidden />
        <h1 className="mt-4 text-xl font-semibold">{t("shell.signedOut.title")}</h1>
        <p className="mt-2 text-ink-2">{t("shell.signedOut.about")}</p>
        <p className="mt-2 text-sm text-ink-3">{t("shell.signedOut.why")}</p>
        <Button className="mt-6" onClick={() => window.location.reload()}>
          {t("shell.signedOut.retry")}
        </Button>
      </div>
    </main>
  );
}
