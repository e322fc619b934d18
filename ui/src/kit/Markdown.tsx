import { Image } from "lucide-react";
import { memo, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import { useTranslation } from "~/messages";
import { gfm } from "./gfm";
import { visible } from "./hidden";
import { useOpenLink } from "./LinkDialog";
import { markReordering } from "./reordering";
import { HiddenCharacter, Untrusted } from "./Untrusted";

const plugins = [gfm];
const steps = [markReordering];

/**
 * Markdown that others wrote. HTML in it stays text, pictures are never fetched (a picture's address can carry data
 * out), and a link opens nothing before the person has seen where it goes.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={plugins}
        rehypePlugins={steps}
        components={components}
        urlTransform={asWritten}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});

// Addresses only ever reach `LinkDialog`, which decides what may be opened, so they are kept as they are.
const asWritten = (url: string) => url;

const components: Components = {
  a: ({ href, children }) => <Link href={href ?? ""}>{children}</Link>,
  img: ({ alt, src }) => <Picture alt={alt ?? ""} src={typeof src === "string" ? src : ""} />,
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
  // Markdown makes none: it is what `markReordering` leaves.
  mark: ({ children }) => <HiddenCharacter code={String(children)} />,
  input: ({ checked }) => <input type="checkbox" checked={checked ?? false} readOnly disabled />,
};

function Link({ href, children }: { href: string; children: ReactNode }) {
  const openLink = useOpenLink();
  return (
    <button
      type="button"
      title={visible(href)}
      aria-haspopup="dialog"
      onClick={() => openLink(href)}
      className="text-start text-accent-ink underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
    >
      <bdi>{children}</bdi>
    </button>
  );
}

function Picture({ alt, src }: { alt: string; src: string }) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded-md bg-sunken px-2 py-0.5 text-sm text-ink-2">
      <Image className="size-4 shrink-0" aria-hidden />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {alt === "" ? t("kit.link.imageNoName") : <Untrusted text={t("kit.link.image", { alt })} />}
        {src !== "" && (
          <>
            {" · "}
            <Untrusted text={src} className="font-mono text-xs" />
          </>
        )}
      </span>
    </span>
  );
}
