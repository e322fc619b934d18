import { lazy, Suspense, useEffect, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { onSignedOut } from "~/api/request";
import { Inbox } from "~/ask/Inbox";
import { Home } from "~/home/Home";
import { LinkProvider, Loading, Toasts } from "~/kit";
import { useTranslation } from "~/messages";
import { Archive } from "~/shell/Archive";
import { Crash } from "~/shell/Crash";
import { Page } from "~/shell/Page";
import { Shell } from "~/shell/Shell";
import { SignedOut } from "~/shell/SignedOut";
import { TaskView } from "~/task/TaskView";

const Settings = lazy(() => import("~/settings"));

export function App() {
  const [signedOut, setSignedOut] = useState(false);
  useEffect(() => onSignedOut(() => setSignedOut(true)), []);
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
  return (
    <Crash of={path}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/" component={Home} />
          <Route path="/tasks/:id">{({ id }) => <TaskView key={id} id={id} />}</Route>
          <Route path="/inbox" component={Inbox} />
          <Route path="/archive" component={Archive} />
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
