import { Tabs as Radix } from "radix-ui";
import { cx } from "~/kit";

/** A few views of one thing. What is shown is the caller's. */
export function Tabs<T extends string>(props: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; title: string }[];
}) {
  return (
    <Radix.Root value={props.value} onValueChange={(value) => props.onChange(value as T)}>
      <Radix.List aria-label={props.label} className="flex gap-1 overflow-x-auto border-b px-3 py-1.5">
        {props.options.map((option) => (
          <Radix.Trigger
            key={option.value}
            value={option.value}
            // What a tab shows stands beside these tabs and has no name of its own.
            aria-controls={undefined}
            className={cx(
              "h-7 shrink-0 rounded-md px-2.5 text-sm",
              option.value === props.value ? "bg-hover font-medium" : "text-ink-2 hover:bg-hover",
            )}
          >
            {option.title}
          </Radix.Trigger>
        ))}
      </Radix.List>
    </Radix.Root>
  );
}
