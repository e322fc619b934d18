// The link that `deskhand serve` prints carries a token in its fragment, which no server and no log sees.

/** The token in a fragment (`#token=…`), if there is one. */
export function tokenIn(fragment: string): string | undefined {
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("token");
  return token !== null && /^[0-9a-f]{16,}$/i.test(token) ? token : undefined;
}

/** Whether a fragment has a token, even a mangled one: it leaves the address bar either way. */
export const carriesToken = (fragment: string) =>
  new URLSearchParams(fragment.replace(/^#/, "")).has("token");

/**
 * Trades the token of the address for a session. The token leaves the address bar and this window's history before
 * anything else happens, whatever comes of it.
 */
export async function openSession(): Promise<void> {
  const fragment = window.location.hash;
  if (!carriesToken(fragment)) return;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  const token = tokenIn(fragment);
  if (token === undefined) return;
  try {
    await fetch("/session", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "x-deskhand": "1" },
      body: JSON.stringify({ token }),
    });
  } catch {
    // The first request of the interface finds out and says so.
  }
}
