import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Connection, listen, type Source, waitBefore } from "./stream";

class FakeSource implements Source {
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    this.closed = true;
  }
  send(name: string, data: string, lastEventId = "") {
    this.listeners.get(name)?.(new MessageEvent(name, { data, lastEventId }));
  }
  open() {
    this.onopen?.(new Event("open"));
  }
  fail() {
    this.onerror?.(new Event("error"));
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const got: string[] = [];
  const connections: Connection[] = [];
  const onBack = vi.fn();
  const stop = listen({
    url: (after) => `/events?after=${after}`,
    after: 7,
    on: { update: (data) => got.push(data), live: (data) => got.push(`live ${data}`) },
    onConnection: (connection) => connections.push(connection),
    onBack,
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
  });
  const last = () => {
    const source = sources.at(-1);
    if (!source) throw new Error("nothing was opened");
    return source;
  };
  return { sources, got, connections, onBack, stop, last };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("after a loss it goes on behind the last numbered message", () => {
  const { got, connections, onBack, last, sources } = setUp();
  expect(last().url).toBe("/events?after=7");
  last().open();
  last().send("update", "a", "9");
  last().send("live", "b");
  last().fail();
  expect(connections).toEqual(["connecting", "open", "reconnecting"]);
  expect(sources[0]?.closed).toBe(true);

  vi.advanceTimersByTime(500);
  expect(last().url).toBe("/events?after=9");
  expect(onBack).not.toHaveBeenCalled();
  last().open();
  expect(onBack).toHaveBeenCalledTimes(1);
  expect(connections.at(-1)).toBe("open");
  expect(got).toEqual(["a", "live b"]);
});

test("tries get rarer, up to ten seconds, and begin anew after a success", () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(waitBefore)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  const { last, sources } = setUp();
  last().fail();
  vi.advanceTimersByTime(500);
  last().fail();
  vi.advanceTimersByTime(999);
  expect(sources).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(sources).toHaveLength(3);
  last().open();
  last().fail();
  vi.advanceTimersByTime(500);
  expect(sources).toHaveLength(4);
});

test("a stopped listener hears nothing and tries nothing", () => {
  const { got, last, sources, stop } = setUp();
  const source = last();
  source.open();
  source.fail();
  stop();
  vi.advanceTimersByTime(60_000);
  source.send("update", "late", "20");
  expect(sources).toHaveLength(1);
  expect(got).toEqual([]);
});

test("a source that was given up says nothing any more", () => {
  const { got, last } = setUp();
  const old = last();
  old.fail();
  vi.advanceTimersByTime(500);
  old.send("update", "late", "99");
  last().fail();
  vi.advanceTimersByTime(1000);
  expect(last().url).toBe("/events?after=7");
  expect(got).toEqual([]);
});
