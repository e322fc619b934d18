import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { Button, Note } from "~/kit";
import { Untrusted } from "~/kit/Untrusted";
import { useTranslation } from "~/messages";
import { changeDraft, draft } from "./draft";
import { changesFor, type Proposal, proposalIn } from "./proposal";

interface Shown {
  proposal: Proposal;
  taken: boolean;
}

/** Takes over what the address proposes, and says what came from where. */
export function Proposed({ personal }: { personal: string }) {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    const proposal = proposalIn(query);
    if (!proposal) return;
    // Once: going back to this page proposes nothing again.
    setQuery({}, { replace: true });
    const changes = changesFor(proposal, draft.get(), personal);
    if (changes) changeDraft(changes);
    setShown({ proposal, taken: changes !== undefined });
  }, [query, setQuery, personal]);
  if (!shown) return null;
  const { proposal, taken } = shown;
  const close = () => setShown(undefined);
  if (proposal.kind === "folder") {
    if (taken) return null;
    return (
      <Note level="info" role="status" className="mb-4" title={t("home.proposed.outside")}>
        <Untrusted text={proposal.folder} />
      </Note>
    );
  }
  const replace = () => {
    // Its folders were chosen for another text.
    changeDraft({ text: proposal.text, folders: [] });
    setShown({ proposal, taken: true });
  };
  return (
    <Note
      level="warning"
      role="status"
      className="mb-4"
      title={taken ? t("home.proposed.link") : t("home.proposed.kept")}
      actions={
        taken ? (
          <Button size="sm" onClick={close}>
            {t("home.proposed.read")}
          </Button>
        ) : (
          <>
            <Button size="sm" onClick={replace}>
              {t("home.proposed.replace")}
            </Button>
            <Button size="sm" look="quiet" onClick={close}>
              {t("home.proposed.keep")}
            </Button>
          </>
        )
      }
    >
      {!taken && <Untrusted text={proposal.text} lines />}
    </Note>
  );
}
