import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Slots, STREAMS, slotsOf } from "./slots";
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

/** Where `sockets` is false, what is in between refuses them. */
function setUp(slots?: Slots, sockets = false) {
  const sources: FakeSource[] = [];
  const opened: string[] = [];
  const got: string[] = [];
  const connections: Connection[] = [];
  const onBack = vi.fn();
  const stop = listen({
    url: (after) => `/events?after=${after}`,
    after: 7,
    on: { update: (data) => got.push(data), live: (data) => got.push(`live ${data}`) },
    onConnection: (connection) => connections.push(connection),
    onBack,
    ...(slots ? { slots } : {}),
    open: (url) => {
      opened.push("stream");
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    openSocket: (url) => {
      opened.push("socket");
      const source = new FakeSource(url);
      if (sockets) sources.push(source);
      else setTimeout(() => source.fail());
      return source;
    },
  });
  const last = () => {
    const source = sources.at(-1);
    if (!source) throw new Error("nothing was opened");
    return source;
  };
  return { sources, opened, got, connections, onBack, stop, last };
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

/** Locks as all windows of a browser share them. */
class FakeLocks {
  private readonly held = new Map<string, Promise<unknown>>();
  request = async (name: string, options: LockOptions, work: (lock: Lock | null) => unknown) => {
    if (options.ifAvailable && this.held.has(name)) return work(null);
    while (this.held.has(name)) await this.held.get(name);
    const done = Promise.resolve(work({ name, mode: "exclusive" }));
    this.held.set(
      name,
      done.finally(() => this.held.delete(name)),
    );
    return done;
  };
}

test("windows beyond the streams a browser may hold listen over sockets, all of them live", async () => {
  const slots = slotsOf(new FakeLocks() as unknown as LockManager);
  const windows = Array.from({ length: STREAMS + 3 }, () => setUp(slots, true));
  await vi.advanceTimersByTimeAsync(0);
  expect(windows.map(({ opened }) => opened)).toEqual([
    ...Array.from({ length: STREAMS }, () => ["stream"]),
    ...Array.from({ length: 3 }, () => ["socket"]),
  ]);
  for (const { last } of windows) last().open();
  await vi.advanceTimersByTimeAsync(60_000);
  const fifth = windows[STREAMS] as ReturnType<typeof setUp>;
  fifth.last().send("update", "a", "9");
  fifth.last().send("live", "b");
  expect(fifth.got).toEqual(["a", "live b"]);
  expect(windows.every(({ sources }) => sources.length === 1 && sources[0]?.closed === false)).toBe(true);

  // One that is lost goes on where it was, like a stream; a stream that is free by then is taken.
  windows[0]?.stop();
  fifth.last().fail();
  expect(fifth.connections.at(-1)).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(500);
  expect(fifth.last().url).toBe("/events?after=9");
  fifth.last().open();
  expect([fifth.onBack.mock.calls.length, fifth.opened]).toEqual([1, ["socket", "stream"]]);
  for (const { stop } of windows) stop();
  expect(windows.some(({ sources }) => sources.some((source) => !source.closed))).toBe(false);
});

test("where sockets are refused, windows beyond the streams look in turns, and listen when one becomes free", async () => {
  const slots = slotsOf(new FakeLocks() as unknown as LockManager);
  const windows = Array.from({ length: STREAMS + 2 }, () => setUp(slots));
  const open = () => windows.filter(({ sources }) => sources.some((source) => !source.closed));
  await vi.advanceTimersByTimeAsync(0);
  // One looks; the other one waits for its turn.
  expect(open()).toHaveLength(STREAMS + 1);
  const [fifth, sixth] = windows.slice(STREAMS) as [ReturnType<typeof setUp>, ReturnType<typeof setUp>];
  for (const { last } of windows.slice(0, STREAMS)) last().open();
  fifth.last().open();
  fifth.last().send("update", "a", "9");
  await vi.advanceTimersByTimeAsync(300);
  expect(fifth.last().closed).toBe(true);
  expect(open()).toHaveLength(STREAMS + 1);
  sixth.last().open();
  // It goes on where it was, says that it is back, and nobody is told of a lost connection.
  await vi.advanceTimersByTimeAsync(2_000);
  expect(fifth.sources.map(({ url }) => url)).toEqual(["/events?after=7", "/events?after=9"]);
  fifth.last().open();
  expect(fifth.onBack).toHaveBeenCalledTimes(1);
  expect(fifth.connections).toEqual(["connecting", "open", "open"]);

  windows[0]?.stop();
  await vi.advanceTimersByTimeAsync(300 + 2_000);
  fifth.last().open();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fifth.last().closed).toBe(false);
  expect(open()).toContain(fifth);
  for (const { stop } of windows) stop();
  expect(open()).toEqual([]);
});

test("a look that does not open is given up, so that the next window has its turn", async () => {
  const slots = slotsOf(new FakeLocks() as unknown as LockManager);
  const windows = Array.from({ length: STREAMS + 2 }, () => setUp(slots));
  await vi.advanceTimersByTimeAsync(5_000);
  const [fifth, sixth] = windows.slice(STREAMS) as [ReturnType<typeof setUp>, ReturnType<typeof setUp>];
  expect(fifth.last().closed).toBe(true);
  expect(fifth.connections.at(-1)).toBe("reconnecting");
  expect(sixth.sources).toHaveLength(1);
  for (const { stop } of windows) stop();
});
