import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { LinkProvider, Loading, Toasts } from "~/kit";

const Settings = lazy(() => import("~/settings"));

export function App() {
  return (
    <LinkProvider>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/settings/:part?">{({ part }) => <Settings part={part ?? "folders"} />}</Route>
        </Switch>
      </Suspense>
      <Toasts />
    </LinkProvider>
  );
}
