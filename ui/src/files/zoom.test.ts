import { expect, test } from "vitest";
import { percent, zoomed } from "./zoom";

test("zooming goes through steps and stops at the ends", () => {
  expect([zoomed(1, 1), zoomed(1, -1), zoomed(0.83, 1), zoomed(0.83, -1)]).toEqual([1.25, 0.75, 1, 0.75]);
  expect([zoomed(8, 1), zoomed(0.1, -1)]).toEqual([8, 0.1]);
  expect(percent(0.333)).toBe("33 %");
});
