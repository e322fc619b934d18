import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "~/messages";
import { Button, IconButton } from "./Button";
import { toast } from "./toast";

/** Copies a text and says so for a moment. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => toast({ level: "error", text: t("kit.copyFailed") }),
    );
  };
  return { copied, copy };
}

export function CopyButton({ text, label, plain }: { text: string; label?: string; plain?: boolean }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const name = copied ? t("kit.copied") : (label ?? t("kit.copy"));
  const icon = copied ? <Check aria-hidden /> : <CopyIcon aria-hidden />;
  return plain ? (
    <IconButton label={name} size="sm" onClick={() => copy(text)}>
      {icon}
    </IconButton>
  ) : (
    <Button size="sm" icon={icon} onClick={() => copy(text)}>
      {name}
    </Button>
  );
}
