import { memo, useLayoutEffect, useMemo, useRef } from "react";
import { Markdown } from "~/kit";
import { blocksOf } from "../model/blocks";
import { useGradually } from "./gradually";

/** Characters from which on an answer is drawn piece by piece. */
export const LONG_ANSWER = 64_000;
/** Characters of a piece: some hundredths of a second of work. */
const PIECE = 4_000;

/** How high answers were that are not on the page now: what is drawn anew must not make the page jump. */
const heights = new Map<string, number>();
const MOST_HEIGHTS = 20;

/** The blocks of a Markdown text, in pieces that are each drawn at once. */
export function piecesOf(text: string): string[][] {
  const pieces: string[][] = [];
  let room = 0;
  for (const block of blocksOf(text)) {
    if (room < block.length || pieces.length === 0) {
      pieces.push([]);
      room = PIECE;
    }
    pieces.at(-1)?.push(block);
    room -= block.length;
  }
  return pieces;
}

/**
 * An answer that is too long to be drawn at once: a megabyte would keep the page from hearing a click for many seconds.
 * It grows piece by piece, and the page is free in between.
 */
export function LongAnswer({ text }: { text: string }) {
  const pieces = useMemo(() => piecesOf(text), [text]);
  const drawn = useGradually(pieces.length, 1);
  const box = useRef<HTMLDivElement>(null);
  const whole = drawn >= pieces.length;
  // Of the layout: it ends while the answer still stands on the page.
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (!element || !whole) return;
      if (heights.size >= MOST_HEIGHTS) heights.clear();
      heights.set(text, element.offsetHeight);
    };
  }, [text, whole]);
  return (
    <div ref={box} aria-busy={!whole} style={whole ? undefined : { minHeight: heights.get(text) }}>
      {pieces.slice(0, drawn).map((blocks, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move
        <Piece key={index} blocks={blocks} />
      ))}
    </div>
  );
}

const Piece = memo(function Piece({ blocks }: { blocks: string[] }) {
  return blocks.map((block, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one text never move
    <div key={index} className="mb-3">
      <Markdown text={block} />
    </div>
  ));
});
