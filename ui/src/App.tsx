import { Suspense, useEffect, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { onSignedOut } from "~/api/request";
import { Home } from "~/home/Home";
import { LinkProvider, Loading, Toasts } from "~/kit";
import { useTranslation } from "~/messages";
import { Crash } from "~/shell/Crash";
import { later } from "~/shell/later";
import { Page } from "~/shell/Page";
import { Shell } from "~/shell/Shell";
import { SignedOut } from "~/shell/SignedOut";

// The start page is there at once, the view of a task when there is nothing else to do; everything else comes when it
// is needed.
const TaskView = later(() => import("~/task/TaskView").then((views) => views.TaskView));
const Inbox = later(() => import("~/ask/Inbox").then((views) => views.Inbox));
const Archive = later(() => import("~/shell/Archive").then((views) => views.Archive));
const Settings = later(() => import("~/settings").then((views) => views.default));

const VIEWS = { tasks: TaskView, inbox: Inbox, archive: Archive, settings: Settings };

/** Loads the view that an address leads to. */
export async function preloadView(path: string): Promise<void> {
  const name = path.split("/")[1] ?? "";
  if (name in VIEWS) await VIEWS[name as keyof typeof VIEWS].preload();
}

export function App() {
  const [signedOut, setSignedOut] = useState(false);
  useEffect(() => onSignedOut(() => setSignedOut(true)), []);
  useEffect(() => {
    const timer = setTimeout(() => void TaskView.preload(), 1_000);
    return () => clearTimeout(timer);
  }, []);
  if (signedOut) return <SignedOut />;
  return (
    <LinkProvider>
      <Shell>
        <Views />
      </Shell>
      <Toasts />
    </LinkProvider>
  );
}

function Views() {
  const [path] = useLocation();
  // A view that was left took the focus with it; the next key belongs to the new one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when another view is shown
  useEffect(() => {
    if (document.activeElement === document.body)
      document.getElementById("main")?.focus({ preventScroll: true });
  }, [path]);
  return (
    <Crash of={path}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/" component={Home} />
          <Route path="/tasks/:id">{({ id }) => <TaskView key={id} id={id} />}</Route>
          <Route path="/inbox">{() => <Inbox />}</Route>
          <Route path="/archive">{() => <Archive />}</Route>
          <Route path="/settings/:part?">{({ part }) => <Settings part={part ?? "folders"} />}</Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Crash>
  );
}

function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t("shell.notFound.title")} about={t("shell.notFound.about")}>
      <Link href="/" className="text-accent-ink underline">
        {t("shell.notFound.home")}
      </Link>
    </Page>
  );
}
