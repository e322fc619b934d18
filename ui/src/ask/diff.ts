/** How a line of a unified difference looks; lines of other texts look like nothing special. */
export function lineLook(line: string): string {
  if (line.startsWith("@@") || line.startsWith("+++") || line.startsWith("---")) return "text-ink-3";
  if (line.startsWith("+")) return "bg-added";
  if (line.startsWith("-")) return "bg-removed";
  return "";
}
