// Characters that show a text in another order than it is in, in Markdown.
import type { Parents, Root } from "hast";
import { splitReordering } from "./hidden";

/** A step of rehype: puts the code of each such character into a `mark` in its place. */
export function markReordering() {
  return (tree: Root) => mark(tree);
}

function mark(node: Parents): void {
  for (const child of node.children) if ("children" in child) mark(child);
  // In nearly every text there is none, and it stays as it is.
  if (
    !node.children.some(
      (child) => child.type === "text" && splitReordering(child.value)[0]?.text !== child.value,
    )
  )
    return;
  node.children = node.children.flatMap((child): (typeof child)[] => {
    if (child.type !== "text") return [child];
    return splitReordering(child.value).map(({ text, hidden }) => {
      const value = { type: "text" as const, value: text };
      return hidden ? { type: "element", tagName: "mark", properties: {}, children: [value] } : value;
    });
  }) as Parents["children"];
}
