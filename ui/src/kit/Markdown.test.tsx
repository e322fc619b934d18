import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import "~/messages";
import { Markdown } from "./Markdown";

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

test("nothing in Markdown can fetch, run or navigate", () => {
  const text = [
    "![track](https://evil.example/p.png?data=1)",
    "[click](javascript:alert(1)) [go](https://evil.example) https://evil.example/auto",
    "<img src=https://evil.example/x onerror=alert(1)><script>alert(1)</script><iframe src=//evil.example></iframe>",
    '<a href="https://evil.example" style="background:url(https://evil.example)">x</a>',
    "![r][ref]\n\n[ref]: https://evil.example/ref.png",
  ].join("\n\n");
  const page = new DOMParser().parseFromString(html(text), "text/html");
  expect(
    page.querySelectorAll("img, script, iframe, a, link, style, object, embed, video, audio, svg image"),
  ).toHaveLength(0);
  for (const element of page.querySelectorAll("*")) {
    for (const { name } of element.attributes) {
      expect(["href", "src", "srcset", "style", "action"].includes(name) || name.startsWith("on"), name).toBe(
        false,
      );
    }
  }
  // The addresses can be read, so that a person sees what was there.
  expect(page.body.textContent).toContain("https://evil.example/p.png?data=1");
  const links = [...page.querySelectorAll("button")];
  expect(links.map((link) => link.title)).toContain("javascript:alert(1)");
  expect(links.map((link) => link.getAttribute("aria-haspopup"))).toEqual(links.map(() => "dialog"));
});

test("tables, lists of tasks and code are shown", () => {
  const page = html("| a | b |\n| - | -: |\n| 1 | 2 |\n\n- [x] done\n\n`code`");
  for (const part of ["<table>", "<td>1</td>", 'type="checkbox"', "<code>code</code>"])
    expect(page).toContain(part);
});

test("characters that reorder a text are shown by their code, wherever they stand; joiners are not", () => {
  const texts = [
    "Pay \u202e0001\u202c **x\u2066y\u2069** now",
    "`rm \u202ekcab`",
    "```\ncode \u2067turned\n```",
    "[li\u202bnk](https://example.com/\u202egpj.exe)",
    "| ce\u202all |\n| - |\n| \u2068 |",
    "![al\u202dt](x.png)",
  ];
  const page = new DOMParser().parseFromString(html(texts.join("\n\n")), "text/html");
  expect(page.documentElement.outerHTML).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  for (const code of ["202A", "202B", "202C", "202D", "202E", "2066", "2067", "2068", "2069"])
    expect(page.body.textContent).toContain(`U+${code}`);
  expect(page.querySelector("pre")?.textContent).toContain("code U+2067");
  expect(page.querySelector("strong")?.textContent).toContain("hidden character U+2066");

  const family = "\u{1f468}\u200d\u{1f469} soft\u00adhyphen می\u200cخواهم";
  expect(html(family)).toBe(`<div class="prose"><p>${family}</p></div>`);
});
