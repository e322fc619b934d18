// No sentence stands in a view: whatever a person reads comes from the catalogue.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, test } from "vitest";

/** Attributes that a person reads or hears. */
const READ =
  /^(aria-(label|description|roledescription|valuetext|placeholder)|title|placeholder|alt|label|hint|about|action|detail)$/;
/** A word of a language; a unit or a sign of one letter is none. */
const WORD = /\p{L}{2,}/u;
/** What is the same in every language: the product's name. */
const NAMES = new Set(["Deskhand"]);

type Node = { type: string; start: number; [key: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** The texts an expression may come to, where they stand in it. */
function texts(node: Node): { start: number; text: string }[] {
  const inside = (...nodes: unknown[]) => nodes.filter(isNode).flatMap(texts);
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [{ start: node.start, text: node.value }] : [];
    case "TemplateLiteral":
      return (node.quasis as (Node & { value: { cooked: string } })[]).map((part) => ({
        start: part.start,
        text: part.value.cooked,
      }));
    case "ConditionalExpression":
      return inside(node.consequent, node.alternate);
    case "LogicalExpression":
      // What stands before `&&` only decides.
      return node.operator === "&&" ? inside(node.right) : inside(node.left, node.right);
    case "BinaryExpression":
      return node.operator === "+" ? inside(node.left, node.right) : [];
    case "ParenthesizedExpression":
    case "JSXExpressionContainer":
      return inside(node.expression);
    case "JSXText":
      return [{ start: node.start, text: node.value as string }];
    default:
      return [];
  }
}

/** The sentences that stand in a view's own source, each with its line. */
function literals(name: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    const read =
      node.type === "JSXAttribute"
        ? READ.test(String((node.name as Node).name)) && isNode(node.value)
          ? [node.value]
          : []
        : node.type === "JSXElement" || node.type === "JSXFragment"
          ? (node.children as Node[])
          : [];
    for (const { start, text } of read.flatMap(texts)) {
      const line = source.slice(0, start).split("\n").length;
      if (WORD.test(text) && !NAMES.has(text.trim())) found.push(`${name}:${line}: ${text.trim()}`);
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
    }
  };
  const { program, errors } = parseSync(name, source);
  expect(errors).toEqual([]);
  visit(program as unknown as Node);
  return found;
}

test("what would be a sentence in a view is found, and nothing else", () => {
  const source = `
    const a = <p title="Save it" className="flex">Hello {name} · {t("x.y")} {ok ? "Done" : t("no")}</p>;
    const b = <b aria-label={\`\${n} files\`} key="one" data-x="some words">{state === "running" && <i />} 3 ×</b>;
    const c = <Button look="primary" label={t("a.b")} title={"Go" + n}>{a ?? "nothing"} Deskhand</Button>;`;
  const words = literals("x.tsx", source).map((line) => line.split(": ")[1]);
  expect(words.toSorted()).toEqual(["Done", "Go", "Hello", "Save it", "files", "nothing"]);
});

test("no view has a sentence of its own", () => {
  const root = join(import.meta.dirname, "..");
  const views = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"),
  );
  expect(views.length).toBeGreaterThan(80);
  expect(views.flatMap((name) => literals(name, readFileSync(join(root, name), "utf8")))).toEqual([]);
});
