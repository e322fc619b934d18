import { Suspense, useMemo } from "react";
import type { Preview } from "~/api/types";
import { Loading } from "~/kit";
import { Body } from "./Body";
import { ViewingContext } from "./context";
import { Notes } from "./Notes";

export interface VersionProps {
  task: string;
  preview: Preview;
  asItStands?: boolean;
}

/**
 * One version of a file by itself, as the file viewer shows it. `asItStands`: the file as it is on the disk, which may be
 * no version of the task, so that it cannot be asked for by its hash.
 */
export function Version({ task, preview, asItStands }: VersionProps) {
  const { path, hash: stamp } = preview;
  const hash = asItStands ? undefined : stamp;
  const viewing = useMemo(() => ({ task, path, hash, stamp, choose: () => {} }), [task, path, hash, stamp]);
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
