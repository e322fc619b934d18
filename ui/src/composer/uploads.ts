import { useState } from "react";
import { api } from "~/api/endpoints";
import { wordsOf } from "~/kit";
import { useTranslation } from "~/messages";

export interface Given {
  key: number;
  name: string;
  size: number;
  state: "sending" | "ready" | "failed";
  /** Once it is there: what a task names. */
  id?: string;
  error?: string;
}

const LARGEST = 50_000_000;
let next = 1;

/** Files that were dropped, pasted or picked, on their way to Deskhand. They are copied; the originals stay. */
export function useUploads() {
  const { t } = useTranslation();
  const [list, setList] = useState<readonly Given[]>([]);
  const change = (key: number, by: Partial<Given>) =>
    setList((now) => now.map((one) => (one.key === key ? { ...one, ...by } : one)));

  const add = (files: readonly File[]) => {
    for (const file of files) {
      const key = next++;
      const { name, size } = file;
      if (size > LARGEST) {
        setList((now) => [...now, { key, name, size, state: "failed", error: t("home.files.tooLarge") }]);
        continue;
      }
      setList((now) => [...now, { key, name, size, state: "sending" }]);
      api.upload(file).then(
        (upload) => change(key, { state: "ready", id: upload.id, name: upload.name }),
        (error: unknown) => change(key, { state: "failed", error: wordsOf(error, t).message }),
      );
    }
  };
  return {
    list,
    add,
    remove: (key: number) => setList((now) => now.filter((one) => one.key !== key)),
    clear: () => setList([]),
    sending: list.some((one) => one.state === "sending"),
    ids: list.flatMap((one) => one.id ?? []),
  };
}
