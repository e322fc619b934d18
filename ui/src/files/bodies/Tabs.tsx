import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  title: ReactNode;
  view: ReactNode;
}

/** Several views of the same thing. Only the one that is shown is there. */
export function Tabs({ label, tabs, first }: { label: string; tabs: readonly Tab[]; first?: string }) {
  return (
    <Radix.Root defaultValue={first ?? tabs[0]?.id ?? ""} className="flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 items-center gap-2 border-b pr-2 pl-2.5">
        <Radix.List aria-label={label} className="flex min-w-0 flex-1 overflow-x-auto">
          {tabs.map(({ id, title }) => (
            <Radix.Trigger
              key={id}
              value={id}
              className="-mb-px border-b-2 border-transparent px-2.5 py-1.5 text-sm whitespace-nowrap text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink focus-visible:-outline-offset-2"
            >
              {title}
            </Radix.Trigger>
          ))}
        </Radix.List>
      </div>
      {tabs.map(({ id, view }) => (
        <Radix.Content
          key={id}
          value={id}
          tabIndex={-1}
          className="flex min-h-0 flex-1 flex-col outline-none data-[state=inactive]:hidden"
        >
          {view}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
