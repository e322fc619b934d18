import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { useTranslation } from "~/messages";
import { Button, IconButton } from "./Button";
import { useStore } from "./store";
import { dismissToast, type Toast, toasts } from "./toast";

const icons = {
  info: <Info className="text-info" aria-hidden />,
  ok: <CircleCheck className="text-ok" aria-hidden />,
  error: <CircleAlert className="text-bad" aria-hidden />,
};

/** Where toasts appear; once in the application. */
export function Toasts() {
  const { t } = useTranslation();
  const all = useStore(toasts);
  return (
    <Radix.Provider label={t("kit.notifications")} swipeDirection="right">
      {all.map((toast) => (
        <One key={toast.id} toast={toast} />
      ))}
      <Radix.Viewport className="pointer-events-none fixed right-0 bottom-0 z-60 flex w-full max-w-sm flex-col gap-2 p-4 outline-none" />
    </Radix.Provider>
  );
}

function One({ toast }: { toast: Toast }) {
  const { t } = useTranslation();
  return (
    <Radix.Root
      type={toast.level === "error" ? "foreground" : "background"}
      duration={toast.level === "error" || toast.action ? 12_000 : 5_000}
      onOpenChange={(open) => {
        if (!open) dismissToast(toast.id);
      }}
      className="pointer-events-auto flex animate-appear items-start gap-3 rounded-lg border border-line bg-surface p-3 shadow-raised [&_svg]:size-4 [&_svg]:shrink-0"
    >
      <span className="mt-0.5">{icons[toast.level]}</span>
      <div className="min-w-0 flex-1 text-sm [overflow-wrap:anywhere]">
        <Radix.Title>{toast.text}</Radix.Title>
        {toast.hint !== undefined && (
          <Radix.Description className="text-ink-2">{toast.hint}</Radix.Description>
        )}
        {toast.action !== undefined && (
          <Radix.Action asChild altText={toast.action.label}>
            <Button size="sm" className="mt-2" onClick={toast.action.run}>
              {toast.action.label}
            </Button>
          </Radix.Action>
        )}
      </div>
      <Radix.Close asChild>
        <IconButton label={t("kit.dismiss")} size="sm" className="-mt-1 -mr-1">
          <X aria-hidden />
        </IconButton>
      </Radix.Close>
    </Radix.Root>
  );
}
