// A stream of the server's over a WebSocket: the same words as over `EventSource`. Sockets are not among the six
// connections a browser keeps to one address, so any number of windows may have one.
import type { Source } from "./stream";

/** One server-sent event, as the server writes it. */
export interface Said {
  name: string;
  data: string;
  id: string;
}

/** The events in a piece of a stream. Each event comes whole. */
export function saidIn(piece: string): Said[] {
  return piece
    .split("\n\n")
    .map((event) => {
      const said = { name: "message", data: [] as string[], id: "" };
      for (const line of event.split("\n")) {
        const [, field, value = ""] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
        if (field === "event") said.name = value;
        if (field === "data") said.data.push(value);
        if (field === "id") said.id = value;
      }
      return said;
    })
    .filter(({ data }) => data.length > 0)
    .map(({ data, ...said }) => ({ ...said, data: data.join("\n") }));
}

/** Opens the stream at `url`. A socket that closes is an error, as the end of an `EventSource` is. */
export function overSocket(url: string): Source {
  const address = new URL(url, window.location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  const listeners = new Map<string, (event: MessageEvent<string>) => void>();
  const source: Source = {
    onopen: null,
    onerror: null,
    addEventListener: (name, listener) => listeners.set(name, listener),
    close: () => socket.close(),
  };
  socket.onopen = (event) => source.onopen?.(event);
  socket.onclose = (event) => source.onerror?.(event);
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    for (const { name, id: lastEventId, data: said } of saidIn(data))
      listeners.get(name)?.(new MessageEvent(name, { data: said, lastEventId }));
  };
  return source;
}
