import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { cx } from "./cx";

export interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it; announced and shown under it. */
  error?: string | null | undefined;
  /** The label is there for screen readers only. */
  hideLabel?: boolean;
  className?: string;
}

const box =
  "w-full rounded-md border border-line-strong/70 bg-surface px-3 text-base text-ink aria-[invalid=true]:border-bad disabled:opacity-60";

function Frame(props: FieldProps & { id: string; children: ReactNode }) {
  const { id, label, hint, error, hideLabel, className, children } = props;
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1 block text-sm font-medium"}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <div id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} role="alert" className="mt-1 text-xs text-bad">
          {error}
        </div>
      )}
    </div>
  );
}

const described = (id: string, { hint, error }: FieldProps) =>
  cx(hint !== undefined && `${id}-hint`, error && `${id}-error`) || undefined;

export function TextField(
  props: FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, "id"> & { ref?: Ref<HTMLInputElement> },
) {
  const { label, hint, error, hideLabel, className, ...rest } = props;
  const id = useId();
  return (
    <Frame id={id} {...{ label, hint, error, hideLabel, className }}>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, props)}
        className={cx(box, "h-9")}
      />
    </Frame>
  );
}

export function TextArea(
  props: FieldProps &
    Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "id"> & {
      mono?: boolean;
      ref?: Ref<HTMLTextAreaElement>;
    },
) {
  const { label, hint, error, hideLabel, className, mono, ...rest } = props;
  const id = useId();
  return (
    <Frame id={id} {...{ label, hint, error, hideLabel, className }}>
      <textarea
        rows={5}
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, props)}
        className={cx(box, "py-2", mono && "font-mono text-sm")}
      />
    </Frame>
  );
}
