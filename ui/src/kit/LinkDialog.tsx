import { ExternalLink } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { useTranslation } from "~/messages";
import { Button } from "./Button";
import { CopyButton } from "./Copy";
import { Dialog } from "./Dialog";
import { Untrusted } from "./Untrusted";

const Context = createContext<(href: string) => void>(() => {});

/** Shows where a link goes, and opens it only then. */
export const useOpenLink = () => useContext(Context);

/** The address a browser would go to, if it is one that may be opened at all. */
export function webAddress(href: string): string | undefined {
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** `taken` gets every link first: a view that knows what it leads to (a file of the task) says so. */
export function LinkProvider({
  taken,
  children,
}: {
  taken?: (href: string) => boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [href, setHref] = useState<string>();
  const open = useCallback(
    (link: string) => {
      if (!taken?.(link)) setHref(link);
    },
    [taken],
  );
  const target = href === undefined ? undefined : webAddress(href);
  const shown = target ?? href ?? "";
  return (
    <Context value={open}>
      {children}
      <Dialog
        open={href !== undefined}
        onOpenChange={() => setHref(undefined)}
        title={t("kit.link.title")}
        about={target === undefined ? t("kit.link.unsupported") : t("kit.link.about")}
        size="sm"
        actions={
          <>
            <CopyButton text={shown} label={t("kit.link.copy")} />
            {target !== undefined && (
              <Button
                look="primary"
                size="sm"
                icon={<ExternalLink aria-hidden />}
                onClick={() => {
                  window.open(target, "_blank", "noopener,noreferrer");
                  setHref(undefined);
                }}
              >
                {t("kit.link.open")}
              </Button>
            )}
          </>
        }
      >
        <p className="rounded-md bg-sunken p-3 font-mono text-sm [overflow-wrap:anywhere]">
          <Untrusted text={shown} />
        </p>
      </Dialog>
    </Context>
  );
}
