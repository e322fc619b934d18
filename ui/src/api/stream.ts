// Server-sent events that come back by themselves and go on where they were.
import { slots as browser, type Slots } from "./slots";
import { overSocket } from "./socket";

export type Connection = "connecting" | "open" | "reconnecting";

/** The part of `EventSource` that is used, so that tests can stand in for it. */
export interface Source {
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  close(): void;
}

export interface StreamOptions {
  /** The address; `after` is the number of the last event that came. */
  url: (after: number) => string;
  after?: number;
  /** What is done with the messages of each name. */
  on: Record<string, (data: string) => void>;
  onConnection?: (connection: Connection) => void;
  /** Called when the stream is there again after it was lost. */
  onBack?: () => void;
  /** Called before another try, for example to find out whether the session is still good. */
  onTry?: () => void;
  open?: (url: string) => Source;
  /** The same over a socket, of which there may be any number. */
  openSocket?: (url: string) => Source;
  /** The streams all windows share. */
  slots?: Slots;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** How long to wait before try number `tries` (from 0): doubling, never longer than ten seconds. */
export const waitBefore = (tries: number) => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries, 10));

/** How long a look takes once it is open: what the server knows more comes at once. */
const LOOK = 300;
/** How long to wait between two looks. */
const PAUSE = 2_000;
/** When a look that does not open is given up, so that other windows get their turn. */
const PATIENCE = 5_000;

/**
 * Listens until the returned function is called. When the windows of this browser hold all the streams they may, it
 * listens over a socket. Where sockets are refused, it looks every two seconds instead, and listens as soon as a stream
 * is free.
 */
export function listen(options: StreamOptions): () => void {
  const open = options.open ?? ((url: string): Source => new EventSource(url));
  const openSocket = options.openSocket ?? overSocket;
  const slots = options.slots ?? browser;
  let after = options.after ?? 0;
  let tries = 0;
  let refused = false;
  let lost = false;
  let stopped = false;
  let source: Source | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let giveBack = () => {};

  const begin = () => {
    timer = undefined;
    if (slots) void inTurn(slots).catch(() => connect("stream"));
    else connect("stream");
  };

  const inTurn = async (all: Slots) => {
    const slot = await all.take();
    const socket = slot === undefined && !refused;
    const give = slot ?? (stopped || socket ? () => {} : await all.turn());
    if (stopped) {
      give();
      return;
    }
    giveBack = give;
    connect(slot ? "stream" : socket ? "socket" : "look");
  };

  const leave = () => {
    clearTimeout(timer);
    const current = source;
    source = undefined;
    current?.close();
    giveBack();
    giveBack = () => {};
  };

  const connect = (by: "stream" | "socket" | "look") => {
    if (stopped) return;
    const brief = by === "look";
    const current = (by === "socket" ? openSocket : open)(options.url(after));
    source = current;
    let opened = false;
    current.onopen = () => {
      if (source !== current) return;
      opened = true;
      tries = 0;
      options.onConnection?.("open");
      if (lost) options.onBack?.();
      // What happens between two looks is missed.
      lost = brief;
      if (!brief) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        leave();
        timer = setTimeout(begin, PAUSE);
      }, LOOK);
    };
    const fail = () => {
      // The browser would try again by itself, but not after every kind of error, and not ever more slowly.
      if (source !== current) {
        current.close();
        return;
      }
      leave();
      if (by === "socket" && !opened) {
        refused = true;
        begin();
        return;
      }
      lost = true;
      options.onConnection?.("reconnecting");
      timer = setTimeout(() => {
        options.onTry?.();
        begin();
      }, waitBefore(tries));
      tries += 1;
    };
    current.onerror = fail;
    if (brief) timer = setTimeout(fail, PATIENCE);
    for (const [name, take] of Object.entries(options.on)) {
      current.addEventListener(name, (event) => {
        if (source !== current) return;
        const seq = Number(event.lastEventId);
        if (event.lastEventId !== "" && Number.isSafeInteger(seq)) after = Math.max(after, seq);
        take(event.data);
      });
    }
  };

  options.onConnection?.("connecting");
  begin();
  return () => {
    stopped = true;
    leave();
  };
}
