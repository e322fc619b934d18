import { expect, test } from "vitest";
import { emptyForm, payloadOf, wrongWith } from "./provider";

test("a key that was not typed is not sent, and what was typed is trimmed", () => {
  const form = { ...emptyForm, id: "ollama", base_url: " http://127.0.0.1:11434/v1 ", model: "qwen " };
  expect(payloadOf(form)).toEqual({
    kind: "openai",
    base_url: "http://127.0.0.1:11434/v1",
    model: "qwen",
    default: false,
  });
  expect(payloadOf({ ...form, key: " sk-1 " })).toHaveProperty("key", "sk-1");
});

test("what is wrong is said by field", () => {
  expect(wrongWith(emptyForm)).toEqual({ id: "empty", base_url: "empty" });
  expect(wrongWith({ ...emptyForm, id: "My Server", base_url: "ftp://x" })).toEqual({
    id: "badName",
    base_url: "badAddress",
  });
  expect(wrongWith({ ...emptyForm, id: "anthropic", kind: "anthropic" })).toEqual({});
});
