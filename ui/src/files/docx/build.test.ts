import { expect, test } from "vitest";
import { newBuilder } from "./build";

const made = (wanted: Parameters<ReturnType<typeof newBuilder>["h"]>[0]) => {
  const builder = newBuilder(document.implementation.createHTMLDocument(""));
  const holder = document.createElement("div");
  holder.appendChild(builder.h(wanted));
  return { html: holder.innerHTML, styles: builder.styles };
};

test("text, classes, styles and tables come through", () => {
  const { html } = made({
    tagName: "p",
    className: "docx_p",
    style: { color: "red" },
    children: ["a", { tagName: "td", colSpan: 2, children: ["b"] }],
  });
  expect(html).toBe('<p class="docx_p" style="color: red;">a<td colspan="2">b</td></p>');
});

test("style sheets are taken out, to be adopted", () => {
  const { html, styles } = made({
    tagName: "#fragment",
    children: [{ tagName: "style", children: [".x{color:red}"] }, "text"],
  });
  expect(html).toBe("<!---->text");
  expect(styles).toEqual([".x{color:red}"]);
});

test("signs of Word's symbol fonts can be read without these fonts", () => {
  expect(made({ tagName: "p", children: ["\uf0b7 one \uf0ff"] }).html).toBe("<p>• one \uf0ff</p>");
  expect(made({ tagName: "style", children: ['p::before{content:"\uf0fc"}'] }).styles).toEqual([
    'p::before{content:"✓"}',
  ]);
});

test("nothing that runs, loads or links out is made", () => {
  for (const tagName of ["script", "iframe", "object", "embed", "form", "input", "link", "base", "meta"])
    expect(made({ tagName, src: "https://x.example", children: ["t"] }).html).toBe("<span>t</span>");
  expect(made({ tagName: "a", href: "javascript:alert(1)", children: ["t"] }).html).toBe(
    '<a title="javascript:alert(1)">t</a>',
  );
  expect(made({ tagName: "a", href: "#there", children: ["t"] }).html).toBe('<a href="#there">t</a>');
  expect(made({ tagName: "p", onclick: "x()", innerHTML: "<b>1</b>", srcdoc: "y" }).html).toBe("<p></p>");
});
