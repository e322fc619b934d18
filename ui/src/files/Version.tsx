import { Suspense, useMemo } from "react";
import type { Preview } from "~/api/types";
import { Loading } from "~/kit";
import { Body } from "./Body";
import { ViewingContext } from "./context";
import { Notes } from "./Notes";

/** One version of a file by itself, as the file viewer shows it. */
export function Version({ task, preview }: { task: string; preview: Preview }) {
  const { path, hash } = preview;
  const viewing = useMemo(() => ({ task, path, hash, stamp: hash, choose: () => {} }), [task, path, hash]);
  return (
    <ViewingContext value={viewing}>
      <div className="flex h-full min-h-0 flex-1 flex-col">
        <Notes notes={preview.notes} />
        <Suspense fallback={<Loading />}>
          <Body preview={preview} />
        </Suspense>
      </div>
    </ViewingContext>
  );
}
