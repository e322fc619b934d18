import { MessageSquarePlus } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { Button } from "~/kit";
import { useTranslation } from "~/messages";
import { quoted } from "./passage";

/** While text of a file is selected: asks for a change of just that. */
export function AskBar({
  within,
  onAsk,
}: {
  within: RefObject<HTMLElement | null>;
  onAsk: (passage: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  useEffect(() => {
    const look = () => {
      const selection = document.getSelection();
      const inside =
        selection &&
        !selection.isCollapsed &&
        within.current?.contains(selection.getRangeAt(0).commonAncestorContainer);
      setText(inside ? selection.toString() : "");
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [within]);
  const passage = quoted(text);
  if (passage === "") return null;
  return (
    <div className="absolute inset-x-0 bottom-3 z-10 flex justify-center">
      <Button
        look="primary"
        icon={<MessageSquarePlus aria-hidden />}
        // The click must not take the selection away before it is read.
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => onAsk(passage)}
        className="shadow-raised"
      >
        {t("files.ask")}
      </Button>
    </div>
  );
}
