// A quoted passage, cut where the value stands in it.

/** What stands before the value, the value, and what stands behind it; the value is empty where it is not found. */
export function around(passage: string, value: string): [string, string, string] {
  const at = value === "" ? -1 : passage.toLocaleLowerCase().indexOf(value.toLocaleLowerCase());
  // Lower case can be longer than the text it is made of; then places in it say nothing.
  if (at < 0 || passage.toLocaleLowerCase().length !== passage.length) return [passage, "", ""];
  return [passage.slice(0, at), passage.slice(at, at + value.length), passage.slice(at + value.length)];
}
