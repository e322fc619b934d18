import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { cx } from "./cx";

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  label?: string;
  align?: "start" | "end";
  wide?: boolean;
  children: ReactNode;
}

/** A menu at a button. Not modal: a modal one would write a `<style>` element, which the policy forbids. */
export function Menu({ trigger, label, align = "start", wide, children }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<Element | null>(null);
  return (
    <DropdownMenu.Root
      modal={false}
      // It belongs to the landmark or dialog its button stands in, also for screen readers.
      onOpenChange={() => setPlace(button.current?.closest(PLACES) ?? null)}
    >
      <DropdownMenu.Trigger ref={button} asChild>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={place}>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={12}
          aria-label={label}
          className={cx(
            "z-50 max-h-[min(28rem,var(--radix-dropdown-menu-content-available-height))] animate-appear overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-raised outline-none",
            wide ? "w-[min(22rem,calc(100vw-1.5rem))]" : "min-w-44",
          )}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const PLACES = "[role=dialog], main, nav";

const row =
  "flex w-full cursor-pointer items-start gap-2.5 rounded-md px-2.5 py-1.5 text-sm outline-none select-none data-[disabled]:cursor-default data-[disabled]:opacity-55 data-[highlighted]:bg-hover [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0";

export interface MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger, disabled, onSelect, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={cx(row, danger ? "text-bad" : "text-ink", "[&_svg]:text-ink-3")}
      disabled={disabled ?? false}
      onSelect={onSelect}
    >
      {icon}
      <span className="min-w-0 flex-1">{children}</span>
    </DropdownMenu.Item>
  );
}

export interface MenuChoice<T extends string> {
  value: T;
  title: ReactNode;
  /** One line about it. */
  detail?: ReactNode;
}

/** One of several. */
export function MenuChoices<T extends string>(props: {
  value: T;
  onChange: (value: T) => void;
  choices: readonly MenuChoice<T>[];
}) {
  return (
    <DropdownMenu.RadioGroup value={props.value} onValueChange={(value) => props.onChange(value as T)}>
      {props.choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={row}>
          <span className="size-4 shrink-0">
            <DropdownMenu.ItemIndicator>
              <Check aria-hidden className="text-accent" />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className="min-w-0 flex-1">
            <span className="block text-ink">{choice.title}</span>
            {choice.detail !== undefined && <span className="block text-xs text-ink-3">{choice.detail}</span>}
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export const MenuLine = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 py-1.5 text-xs text-ink-3">{children}</DropdownMenu.Label>;
}
