import { type ComponentType, lazy, useState } from "react";

/** A view that is loaded when it is needed. */
export type Later<P> = ComponentType<P> & {
  /** Loads it beforehand; then it is there at once, without a placeholder in between. */
  preload: () => Promise<void>;
};

/**
 * Like React's `lazy`, but a view that was preloaded is drawn at once. `lazy` shows its placeholder even then, and
 * React keeps a placeholder for 300 ms once it is there.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  let loaded: ComponentType<P> | undefined;
  const get = async () => {
    loaded ??= await load();
    return loaded;
  };
  const Lazy = lazy(async () => ({ default: await get() })) as unknown as ComponentType<P>;
  // biome-ignore lint/correctness/noComponentHookFactories: called once per view, when its module is loaded
  function View(props: P) {
    // What was drawn first stays: another component would begin anew.
    const [Chosen] = useState<ComponentType<P>>(() => loaded ?? Lazy);
    return <Chosen {...props} />;
  }
  // Loading beforehand is only a favour: what went wrong shows when the view is opened.
  return Object.assign(View, {
    preload: () =>
      get().then(
        () => {},
        () => {},
      ),
  });
}

/**
 * For what opens a view: it is loaded as soon as somebody points at it or comes to it by keyboard, not before. What is
 * loaded although nobody asked for it calls its `preload` itself, and `scripts/size.mjs` counts it.
 */
export function onIntent({ preload }: Pick<Later<object>, "preload">) {
  const load = () => void preload();
  return { onPointerEnter: load, onFocus: load };
}
