// Elements of a document that others wrote, as docx-preview asks for them. Only what shows text and pictures is made:
// nothing that runs, loads, links out or brings style elements, which the content security policy forbids.

/** What docx-preview asks for (its `HElement`). */
export interface Wanted {
  ns?: string;
  tagName: string;
  className?: string;
  style?: Record<string, string> | string;
  children?: (Wanted | Node | string)[];
  [property: string]: unknown;
}

const XHTML = "http://www.w3.org/1999/xhtml";

// docx-preview makes nothing else; a later version may not make more without being looked at.
const TAGS = new Set(
  (
    "a article aside b bdi bdo br caption code col colgroup del div em footer h1 h2 h3 h4 h5 h6 header hr i img ins " +
    "li ol p pre rp rt ruby s section small span strong sub sup table tbody td tfoot th thead tr u ul wbr " +
    "svg g rect circle ellipse line polyline polygon path text tspan image foreignobject defs " +
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom menclose msub msup msubsup " +
    "munder mover munderover mmultiscripts mtable mtr mtd mprescripts none semantics"
  ).split(" "),
);

const PROPERTIES = new Set(["className", "id", "title", "colSpan", "rowSpan", "dateTime", "lang", "dir"]);

export interface Builder {
  h: (wanted: Wanted | Node | string) => Node;
  /** The style sheets of the document, in order. */
  styles: string[];
}

/** Signs of Word's symbol fonts, which other systems do not have: those that lists begin with. */
const SYMBOLS: Record<string, string> = {
  "\uf06f": "○",
  "\uf0a7": "▪",
  "\uf0a8": "□",
  "\uf0b7": "•",
  "\uf0d8": "➢",
  "\uf0e0": "→",
  "\uf0fc": "✓",
};

const readable = (text: string) => text.replace(/[\uf000-\uf0ff]/g, (sign) => SYMBOLS[sign] ?? sign);

/** Makes elements in a document of its own, in which nothing is loaded. */
export function newBuilder(document: Document): Builder {
  const styles: string[] = [];
  const append = (parent: Node, children: Wanted["children"]) => {
    for (const child of children ?? []) parent.appendChild(h(child));
  };
  const h = (wanted: Wanted | Node | string): Node => {
    if (typeof wanted === "string") return document.createTextNode(readable(wanted));
    if (wanted instanceof Node) return wanted;
    const { ns, tagName, className, style, children, ...properties } = wanted;
    const tag = tagName.toLowerCase();
    if (tag === "#fragment") {
      const fragment = document.createDocumentFragment();
      append(fragment, children);
      return fragment;
    }
    if (tag === "#comment") return document.createComment("");
    if (tag === "style") {
      styles.push(readable((children ?? []).filter((child) => typeof child === "string").join("\n")));
      return document.createComment("");
    }
    const element = document.createElementNS(ns ?? XHTML, TAGS.has(tag) ? tagName : "span") as HTMLElement;
    if (className) element.setAttribute("class", className);
    if (typeof style === "string") element.style.cssText = style;
    else if (style) Object.assign(element.style, style);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === null) continue;
      if (name === "href") showAddress(element, String(value));
      else if (PROPERTIES.has(name)) Reflect.set(element, name, value);
    }
    append(element, children);
    return element;
  };
  return { h, styles };
}

/** Places within the document can be gone to; other addresses are only told. */
function showAddress(element: HTMLElement, address: string): void {
  if (address.startsWith("#")) element.setAttribute("href", address);
  else element.title = address;
}
