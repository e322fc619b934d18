import { afterEach, expect, test } from "vitest";
import { ApiError } from "~/api/request";
import { i18next } from "~/messages";
import { wordsOf } from "./problem";

const claimed = new ApiError(409, {
  code: "store.claimed",
  message: "task 01J is being worked on by {{owner}}",
  parameters: { task: "01J", owner: "le serveur <b>" },
  hint: "Stop it first, or wait until it is done.",
});

afterEach(async () => {
  await i18next.changeLanguage("en");
});

test("the server's own words are shown as they are, where the catalogue has none for a code", () => {
  expect(wordsOf(claimed, i18next.t)).toEqual({
    message: "task 01J is being worked on by {{owner}}",
    hint: "Stop it first, or wait until it is done.",
  });
  expect(wordsOf(new ApiError(502, { code: "http.502", message: "" }), i18next.t).message).toContain("502");
});

test("a language's catalogue says an error by its code, with what it names put in", async () => {
  const problems = {
    store: { claimed: { message: "{{owner}} travaille à la tâche {{task}}", hint: "Arrêtez-la d'abord." } },
    server: { "no-token": { message: "Deskhand ne connaît pas ce navigateur" } },
  };
  i18next.addResourceBundle("fr-XA", "translation", { problems });
  await i18next.changeLanguage("fr-XA");
  expect(wordsOf(claimed, i18next.t)).toEqual({
    message: "le serveur <b> travaille à la tâche 01J",
    hint: "Arrêtez-la d'abord.",
  });
  // A hint that was not translated would be a second language in one note.
  const unknown = new ApiError(401, { code: "server.no-token", message: "English", hint: "English" });
  expect(wordsOf(unknown, i18next.t)).toEqual({ message: "Deskhand ne connaît pas ce navigateur" });
  expect(wordsOf(new ApiError(409, { code: "server.other", message: "English" }), i18next.t)).toEqual({
    message: "English",
  });
});
