import { expect, test } from "vitest";
import { drafts, setDraft } from "./drafts";

test("a draft stays until it is saved or discarded, each part by itself", () => {
  setDraft("policy", "[[rule]]");
  setDraft("instructions", "");
  expect(drafts.get()).toEqual({ policy: "[[rule]]", instructions: "" });
  setDraft("policy", undefined);
  expect(drafts.get()).toEqual({ instructions: "" });
  setDraft("instructions", undefined);
  expect(drafts.get()).toEqual({});
});

test("the window asks before it closes only while something is not saved", () => {
  const asks = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(asks()).toBe(false);
  setDraft("policy", "a");
  setDraft("policy", "ab");
  expect(asks()).toBe(true);
  setDraft("policy", undefined);
  expect(asks()).toBe(false);
});
