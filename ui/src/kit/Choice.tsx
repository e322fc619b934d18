import { RadioGroup, Switch as RadixSwitch } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";

export interface Option<T extends string> {
  value: T;
  title: ReactNode;
  detail?: ReactNode;
  disabled?: boolean;
}

/** One of a few, all seen at once. */
export function Radios<T extends string>(props: {
  label: string;
  hideLabel?: boolean;
  value: T | "";
  onChange: (value: T) => void;
  options: readonly Option<T>[];
}) {
  const id = useId();
  return (
    <div>
      <div id={id} className={props.hideLabel ? "sr-only" : "mb-1 text-sm font-medium"}>
        {props.label}
      </div>
      <RadioGroup.Root
        aria-labelledby={id}
        value={props.value}
        onValueChange={(value) => props.onChange(value as T)}
        className="flex flex-col gap-1"
      >
        {props.options.map((option, index) => (
          <div key={option.value} className="flex items-start gap-2.5 rounded-md px-2 py-1.5 hover:bg-hover">
            <RadioGroup.Item
              value={option.value}
              id={`${id}-${index}`}
              disabled={option.disabled ?? false}
              aria-describedby={option.detail === undefined ? undefined : `${id}-${index}-detail`}
              className="mt-0.5 flex size-4.5 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface data-[state=checked]:border-accent"
            >
              <RadioGroup.Indicator className="size-2.5 rounded-full bg-accent" />
            </RadioGroup.Item>
            <label htmlFor={`${id}-${index}`} className="min-w-0 flex-1 cursor-pointer text-sm">
              <span className="block">{option.title}</span>
              {option.detail !== undefined && (
                <span id={`${id}-${index}-detail`} className="block text-xs text-ink-3">
                  {option.detail}
                </span>
              )}
            </label>
          </div>
        ))}
      </RadioGroup.Root>
    </div>
  );
}

/** On or off, at once. */
export function Switch(props: {
  label: ReactNode;
  detail?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <RadixSwitch.Root
        id={id}
        checked={props.checked}
        disabled={props.disabled ?? false}
        onCheckedChange={props.onChange}
        className="mt-0.5 h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors data-[state=checked]:bg-accent disabled:opacity-55"
      >
        <RadixSwitch.Thumb className="block size-4 translate-x-0.5 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-4.5" />
      </RadixSwitch.Root>
      <label htmlFor={id} className="min-w-0 flex-1 cursor-pointer text-sm">
        <span className="block">{props.label}</span>
        {props.detail !== undefined && <span className="block text-xs text-ink-3">{props.detail}</span>}
      </label>
    </div>
  );
}

/** A box to tick, with its words. */
export function Checkbox(props: {
  label: ReactNode;
  detail?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  className?: string;
}) {
  const id = useId();
  return (
    <div className={cx("flex items-start gap-2.5", props.className)}>
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
        aria-describedby={props.detail === undefined ? undefined : `${id}-detail`}
        className="mt-1 size-4 shrink-0 accent-accent"
      />
      <label htmlFor={id} className="min-w-0 flex-1 cursor-pointer text-sm">
        <span className="block">{props.label}</span>
        {props.detail !== undefined && (
          <span id={`${id}-detail`} className="block text-xs text-ink-3">
            {props.detail}
          </span>
        )}
      </label>
    </div>
  );
}
