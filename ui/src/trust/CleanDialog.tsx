import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { CleanOffer, OfferedValue } from "~/api/types";
import { notePasted, voiceOf } from "~/composer/voice";
import {
  Button,
  Checkbox,
  Dialog,
  IconButton,
  Loading,
  ProblemNote,
  TextArea,
  TextField,
  Untrusted,
} from "~/kit";
import { useTranslation } from "~/messages";
import { kindOf } from "./Source";

/** The longest value, in characters, and how many can be chosen. */
const LONGEST = 200;
const MOST = 20;

/** What to take along into a new task that begins with nothing that was read: nothing is chosen beforehand. */
export function CleanDialog({ task, onClose }: { task: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const offer = useQuery({
    queryKey: [...keys.task(task), "clean"],
    queryFn: () => api.tasks.clean(task),
    gcTime: 0,
  });
  const [said, setSaid] = useState<string>();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [added, setAdded] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  // What stands in the box counts, whether or not it was added to the list.
  const values = [...new Set([...chosen, ...added, typed.trim()])].filter((value) => value !== "");
  const words = said ?? offer.data?.words ?? "";
  const go = useMutation({
    mutationFn: () =>
      api.tasks.goOn(task, {
        values,
        ...(said !== undefined && { text: said, voice: voiceOf(said) }),
      }),
    onSuccess: ({ id }) => navigate(`/tasks/${id}`),
  });
  const choose = (value: string, on: boolean) =>
    setChosen((before) => (on ? [...before, value] : before.filter((one) => one !== value)));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("trust.cleanFork.title")}
      about={t("trust.cleanFork.about")}
      actions={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button
            look="primary"
            busy={go.isPending}
            disabled={words.trim() === "" || values.length > MOST}
            onClick={() => go.mutate()}
          >
            {t("trust.cleanFork.start")}
          </Button>
        </>
      }
    >
      {offer.isPending && <Loading />}
      {offer.isError && <ProblemNote error={offer.error} />}
      {offer.data && (
        <div className="flex flex-col gap-5">
          <TextArea
            label={t("trust.cleanFork.words")}
            {...(offer.data.left_out > 0 && {
              hint: t("trust.cleanFork.leftOut", { count: offer.data.left_out }),
            })}
            rows={4}
            value={words}
            onPaste={(event) => notePasted(event.clipboardData.getData("text/plain"))}
            onDrop={(event) => notePasted(event.dataTransfer.getData("text/plain"))}
            onChange={(event) => setSaid(event.target.value)}
          />
          <Values offer={offer.data} chosen={chosen} onChoose={choose} />
          <Own added={added} onAdded={setAdded} typed={typed} onTyped={setTyped} />
        </div>
      )}
      {go.isError && <ProblemNote error={go.error} className="mt-3" />}
    </Dialog>
  );
}

function Values(props: {
  offer: CleanOffer;
  chosen: readonly string[];
  onChoose: (value: string, on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { values } = props.offer;
  if (values.length === 0) return null;
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{t("trust.cleanFork.values")}</legend>
      <p className="text-xs text-ink-3">{t("trust.cleanFork.valuesAbout")}</p>
      <ul className="mt-2 flex flex-col gap-2">
        {values.map((one) => (
          <li key={one.value}>
            <Checkbox
              checked={props.chosen.includes(one.value)}
              onChange={(on) => props.onChoose(one.value, on)}
              label={
                <span className="font-medium [overflow-wrap:anywhere]">
                  <Untrusted text={one.value} />
                </span>
              }
              detail={<From value={one} />}
            />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function From({ value: { source, name } }: { value: OfferedValue }) {
  const { t } = useTranslation();
  if (!source) return t("trust.made");
  return (
    <span className="[overflow-wrap:anywhere]">
      {name && `${name} · `}
      {t(`trust.from.${kindOf(source)}`)}{" "}
      {kindOf(source) !== "person" && (
        <em>
          <Untrusted text={source.detail} />
        </em>
      )}
    </span>
  );
}

/** Values a person types themselves. */
function Own(props: {
  added: readonly string[];
  onAdded: (added: readonly string[]) => void;
  typed: string;
  onTyped: (typed: string) => void;
}) {
  const { added, onAdded, typed, onTyped } = props;
  const { t } = useTranslation();
  const value = typed.trim();
  const add = () => {
    if (value === "") return;
    onAdded(added.includes(value) ? added : [...added, value]);
    onTyped("");
  };
  return (
    <div>
      <div className="flex items-end gap-2">
        <TextField
          className="min-w-0 flex-1"
          label={t("trust.cleanFork.own")}
          value={typed}
          maxLength={LONGEST}
          onChange={(event) => onTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
        <Button icon={<Plus aria-hidden />} disabled={value === ""} onClick={add}>
          {t("trust.cleanFork.add")}
        </Button>
      </div>
      {added.length > 0 && (
        <ul className="mt-2 flex flex-wrap gap-2" aria-label={t("trust.cleanFork.ownList")}>
          {added.map((one) => (
            <li
              key={one}
              className="flex items-center gap-1 rounded-md bg-sunken py-0.5 pr-0.5 pl-2.5 text-sm"
            >
              <span className="[overflow-wrap:anywhere]">
                <Untrusted text={one} />
              </span>
              <IconButton
                size="sm"
                label={t("trust.cleanFork.remove", { value: one })}
                onClick={() => onAdded(added.filter((other) => other !== one))}
              >
                <X aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
