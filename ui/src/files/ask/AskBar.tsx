import { MessageSquarePlus, X } from "lucide-react";
import { Button, IconButton, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { type Chosen, excerptOf } from "./passage";

/** What is selected, and the offer to have it changed. */
export function AskBar(props: { chosen: Chosen; onAsk: () => void; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { text, place } = props.chosen;
  return (
    <div
      role="status"
      className="flex shrink-0 animate-appear items-center gap-2 border-t bg-accent-soft py-2 pr-2 pl-4 max-sm:flex-wrap"
    >
      <p className="min-w-0 flex-1 truncate text-sm max-sm:basis-full">
        {place !== undefined && (
          <span className="text-accent-ink">
            <Untrusted text={place} />
            {text !== "" && ": "}
          </span>
        )}
        {text !== "" && (
          <>
            “<Untrusted text={excerptOf(text)} />”
          </>
        )}
      </p>
      <Button look="primary" size="sm" icon={<MessageSquarePlus aria-hidden />} onClick={props.onAsk}>
        {t("files.ask.here")}
      </Button>
      <IconButton label={t("files.ask.dismiss")} size="sm" onClick={props.onDismiss}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
