import { AlertDialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useTranslation } from "~/messages";
import { Button } from "./Button";
import { useFocusBack } from "./focus";

export interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children?: ReactNode;
  /** What the button does ("Delete"). */
  action: string;
  danger?: boolean;
  /** The dialog stays open and busy until it is done; it closes only when nothing went wrong. */
  onConfirm: () => void | Promise<void>;
}

/** Asks before something that matters. The focus is on "Cancel". */
export function Confirm({ open, onOpenChange, title, children, action, danger, onConfirm }: ConfirmProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const focusBack = useFocusBack();
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onOpenChange(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <div className="fixed inset-0 z-40 bg-shade" aria-hidden />
        <AlertDialog.Content
          aria-modal="true"
          {...focusBack}
          className="fixed inset-x-4 top-1/2 z-50 mx-auto max-w-md -translate-y-1/2 animate-appear rounded-xl border border-line bg-surface p-5 shadow-raised outline-none"
        >
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-sm text-ink-2">{children}</div>
          </AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{t("kit.cancel")}</Button>
            </AlertDialog.Cancel>
            <Button
              look={danger ? "danger" : "primary"}
              busy={busy}
              onClick={() => void confirm().catch(() => {})}
            >
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
