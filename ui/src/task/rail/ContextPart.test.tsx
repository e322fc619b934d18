import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TaskPage } from "~/api/types";
import "~/messages";
import { ContextPart } from "./ContextPart";

let root: Root;
let place: HTMLElement;
beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
});

const show = (context: Partial<TaskPage["rail"]["context"]>) => {
  const whole = {
    folders: [],
    instructions: [],
    tier: "vm",
    ran: [],
    network: [],
    connectors: [],
    skills: [],
    sources: [],
    tainted: false,
    ...context,
  };
  const page = { head: { mode: "auto" }, rail: { context: whole } } as unknown as TaskPage;
  return act(async () => root.render(<ContextPart page={page} />));
};
/** What stands under a name. */
const under = (name: string) =>
  [...place.querySelectorAll("dt")].find((one) => one.textContent === name)?.nextElementSibling?.textContent;

test("where code ran, what was used and how often", async () => {
  await show({
    ran: [
      { name: "vm", count: 3 },
      { name: "os", count: 1 },
    ],
    network: [{ name: "example.org", count: 2 }],
    connectors: [{ name: "notes", count: 4 }],
    skills: [{ name: "finance:tidy", plugin: "finance@deskhand", count: 1 }],
  });
  expect(under("Commands")).toBe("3× in the virtual machine1× in the system's sandbox");
  expect(under("Network")).toBe("example.org ×2");
  expect(under("Connectors")).toBe("notes ×4");
  expect(under("Skills")).toBe("finance:tidy ×1");
  expect(place.querySelector("[title='finance@deskhand']")?.textContent).toContain("finance:tidy");
});

test("what was not used is not mentioned, but that no command was run is", async () => {
  await show({});
  expect(under("Commands")).toBe("No command was run.");
  for (const name of ["Network", "Connectors", "Skills"]) expect(under(name)).toBeUndefined();
});
