import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "~/messages";
import { IconButton } from "./Button";
import { cx } from "./cx";
import { useFocusBack } from "./focus";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** One or two sentences under the title. */
  about?: ReactNode;
  /** Buttons at the bottom; the one that does the thing comes last. */
  actions?: ReactNode;
  size?: "sm" | "md" | "lg" | "full";
  /** `side`: a sheet at the right edge, the whole width on a phone. */
  place?: "middle" | "side" | "start";
  /** Without the heading row; the title stays for screen readers. */
  bare?: boolean;
  /** Where the focus goes afterwards; without it, back to where it was. */
  focusAfter?: () => void;
  children?: ReactNode;
}

const widths = { sm: "sm:max-w-md", md: "sm:max-w-xl", lg: "sm:max-w-3xl", full: "sm:max-w-6xl" };

const places = {
  middle:
    "inset-x-0 bottom-0 max-h-[92dvh] rounded-t-xl sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[calc(100vw-3rem)] sm:max-h-[86dvh] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-xl",
  side: "inset-y-0 right-0 w-full border-l sm:w-[24rem]",
  start: "inset-y-0 left-0 w-[min(20rem,88vw)] border-r",
};

/**
 * A modal dialog: takes the focus, gives it back, closes on Escape. Radix's own overlay is left out on purpose: it
 * writes a `<style>` element, which the content security policy forbids; the page itself never scrolls anyway.
 */
export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, about, actions, size = "md", place = "middle", bare, children } = props;
  const { t } = useTranslation();
  const focusBack = useFocusBack(props.focusAfter);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 bg-shade" aria-hidden />
        <Radix.Content
          {...focusBack}
          {...(about === undefined ? { "aria-describedby": undefined } : {})}
          className={cx(
            "fixed z-50 flex animate-appear flex-col border-line bg-surface shadow-raised outline-none",
            places[place],
            place === "middle" && widths[size],
            size === "full" && place === "middle" && "sm:h-[86dvh]",
          )}
        >
          {bare ? (
            <Radix.Title className="sr-only">{title}</Radix.Title>
          ) : (
            <header className="px-5 pt-4 pr-14 pb-3">
              <div>
                <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
                {about !== undefined && (
                  <Radix.Description asChild>
                    <div className="mt-1 text-sm text-ink-2">{about}</div>
                  </Radix.Description>
                )}
              </div>
            </header>
          )}
          <div className={cx("flex min-h-0 flex-1 flex-col overflow-y-auto", !bare && "px-5 pb-5")}>
            {children}
          </div>
          {actions !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {actions}
            </footer>
          )}
          {/* Last, so that the focus begins at what the dialog is for. */}
          {!bare && (
            <Radix.Close asChild>
              <IconButton label={t("kit.close")} size="sm" className="absolute top-4 right-4">
                <X aria-hidden />
              </IconButton>
            </Radix.Close>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
