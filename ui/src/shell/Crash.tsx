import { Component, type ReactNode } from "react";
import { Button } from "~/kit";
import { useTranslation } from "~/messages";

/** Keeps an error in one view from taking the others with it. `of` names what is shown: a new one gets a new chance. */
export class Crash extends Component<{ of: string; children: ReactNode }, { error?: Error; of: string }> {
  override state: { error?: Error; of: string } = { of: this.props.of };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: { of: string }, state: { of: string }) {
    return props.of === state.of ? null : { of: props.of, error: undefined };
  }

  override render() {
    return this.state.error ? <Said error={this.state.error} /> : this.props.children;
  }
}

function Said({ error }: { error: Error }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="mx-auto max-w-md p-8">
      <h1 className="text-lg font-semibold">{t("shell.crashed.title")}</h1>
      <p className="mt-2 text-sm text-ink-2">{t("shell.crashed.about")}</p>
      <pre className="mt-3 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs">{error.message}</pre>
      <Button className="mt-4" onClick={() => window.location.reload()}>
        {t("shell.crashed.reload")}
      </Button>
    </div>
  );
}
