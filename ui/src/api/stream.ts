// Server-sent events that come back by themselves and go on where they were.

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
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** How long to wait before try number `tries` (from 0): doubling, never longer than ten seconds. */
export const waitBefore = (tries: number) => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries, 10));

/** Listens until the returned function is called. */
export function listen(options: StreamOptions): () => void {
  const open = options.open ?? ((url: string): Source => new EventSource(url));
  let after = options.after ?? 0;
  let tries = 0;
  let lost = false;
  let source: Source | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connect = () => {
    timer = undefined;
    const current = open(options.url(after));
    source = current;
    current.onopen = () => {
      tries = 0;
      options.onConnection?.("open");
      if (lost) options.onBack?.();
      lost = false;
    };
    current.onerror = () => {
      // The browser would try again by itself, but not after every kind of error, and not ever more slowly.
      current.close();
      if (source !== current) return;
      source = undefined;
      lost = true;
      options.onConnection?.("reconnecting");
      timer = setTimeout(() => {
        options.onTry?.();
        connect();
      }, waitBefore(tries));
      tries += 1;
    };
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
  connect();
  return () => {
    clearTimeout(timer);
    const current = source;
    source = undefined;
    current?.close();
  };
}
