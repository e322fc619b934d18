import { type RefObject, useEffect } from "react";
import { useViewing } from "../context";

/** Tells the viewer what is selected in an element of the page. `placeOf` says where in the file that is. */
export function useSelected(
  inside: RefObject<HTMLElement | null>,
  placeOf?: (node: Node) => string | undefined,
): void {
  const { choose } = useViewing();
  useEffect(() => {
    const look = () => {
      const selection = document.getSelection();
      const node = selection?.anchorNode;
      if (!selection || !node || !inside.current?.contains(node)) return;
      const text = selection.toString().trim();
      if (text === "") return choose(undefined);
      const place = placeOf?.(node);
      choose(place === undefined ? { text } : { text, place });
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [inside, placeOf, choose]);
}
