import { expect, test } from "vitest";
import { emptyForm, payloadOf, presetOf, withPreset, wrongWith } from "./provider";

test("a key that was not typed is not sent, and what was typed is trimmed", () => {
  const form = { ...emptyForm, id: "ollama", base_url: " http://127.0.0.1:11434/v1 ", model: "qwen " };
  expect(payloadOf(form)).toEqual({
    kind: "openai",
    base_url: "http://127.0.0.1:11434/v1",
    model: "qwen",
    default: false,
  });
  expect(payloadOf({ ...form, key: " sk-1 ", removeKey: true })).toHaveProperty("key", "sk-1");
  expect(payloadOf({ ...form, removeKey: true })).toHaveProperty("key", "");
});

test("what is wrong is said by field", () => {
  expect(wrongWith(emptyForm)).toEqual({ id: "empty", base_url: "empty" });
  expect(wrongWith({ ...emptyForm, id: "My Server", base_url: "ftp://x" })).toEqual({
    id: "badName",
    base_url: "badAddress",
  });
  expect(wrongWith({ ...emptyForm, id: "anthropic", kind: "anthropic" })).toEqual({});
});

test("a new provider does not take the place of one that is there", () => {
  const form = withPreset({ ...emptyForm, model: "qwen" }, "ollama");
  expect(wrongWith(form, ["anthropic"])).toEqual({});
  expect(wrongWith(form, ["anthropic", "ollama"])).toEqual({ id: "taken" });
});

test("a preset fills name and address in and leaves the rest", () => {
  const form = withPreset({ ...emptyForm, kind: "anthropic", model: "qwen" }, "lmstudio");
  expect(form).toEqual({
    ...emptyForm,
    kind: "openai",
    id: "lmstudio",
    base_url: "http://localhost:1234/v1",
    model: "qwen",
  });
  expect(presetOf(form)).toBe("lmstudio");
  expect(presetOf({ ...form, base_url: "http://other/v1" })).toBe("other");
  expect(withPreset(form, "other")).toEqual({ ...form, id: "", base_url: "" });
});
