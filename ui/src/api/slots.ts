// How many streams the windows of one browser hold at once. A browser keeps six connections to one address, whatever the
// number of its windows (HTTP/1.1); a stream never ends, so with all six taken the next request of any window would wait
// for ever. The lock manager is what windows of one address share.

/** Streams that stay open, over all windows. One more is looked at in turns; what is left over is for requests. */
export const STREAMS = 4;

type Give = () => void;

export interface Slots {
  /** A place for a stream that stays open, until it is given back; nothing when all are taken. */
  take(): Promise<Give | undefined>;
  /** Waits until no other window has a short look, and keeps the others waiting until it is given back. */
  turn(): Promise<Give>;
}

export function slotsOf(locks: LockManager): Slots {
  const hold = (name: string, options: LockOptions) =>
    new Promise<Give | undefined>((got, failed) => {
      locks
        .request(name, options, (lock) => (lock ? new Promise<void>((give) => got(give)) : got(undefined)))
        .catch(failed);
    });
  return {
    async take() {
      for (let n = 0; n < STREAMS; n += 1) {
        const give = await hold(`deskhand-stream-${n}`, { ifAvailable: true });
        if (give) return give;
      }
      return undefined;
    },
    turn: async () => (await hold("deskhand-look", {})) ?? (() => {}),
  };
}

/** Of this browser; a web view without locks has one window, and no need of them. */
export const slots: Slots | undefined = navigator.locks && slotsOf(navigator.locks);
