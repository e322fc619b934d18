import { CloudOff, Menu as MenuIcon, Search } from "lucide-react";
import { type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { Link } from "wouter";
import { useInbox } from "~/api/queries";
import { Dialog, IconButton } from "~/kit";
import { useTranslation } from "~/messages";
import { Announcer } from "./announce";
import { useFocusStays } from "./focus";
import { useHotkey } from "./keys";
import { later, onIntent } from "./later";
import { useAppStream, useReconnecting } from "./live";
import { Side } from "./Side";

const SearchDialog = later(() => import("./SearchDialog").then((views) => views.SearchDialog));
// It is there before somebody types into it.
const meansSearch = onIntent(SearchDialog);

/** What is around every view: the side (a drawer on narrow windows), search, and what is said about the connection. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [drawer, setDrawer] = useState(false);
  const [searching, setSearching] = useState(false);
  const waiting = useInbox().data?.length ?? 0;
  useAppStream();
  useNoStrayDrops();
  useFocusStays();
  const search = useCallback(() => {
    setDrawer(false);
    setSearching(true);
  }, []);
  useHotkey("k", search, meansSearch.onFocus);
  return (
    <div className="flex h-full flex-col">
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-surface px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("shell.skip")}
      </a>
      <ConnectionLine />
      <div className="flex min-h-0 flex-1">
        <div className="w-68 shrink-0 border-r max-lg:hidden">
          <Side onSearch={search} meansSearch={meansSearch} />
        </div>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="flex items-center gap-1 border-b bg-sunken px-2 py-1 lg:hidden">
            <span className="relative flex">
              <IconButton
                label={waiting > 0 ? t("shell.openSideWaiting", { count: waiting }) : t("shell.openSide")}
                onClick={() => setDrawer(true)}
              >
                <MenuIcon aria-hidden />
              </IconButton>
              {waiting > 0 && (
                <span
                  className="pointer-events-none absolute top-0 right-0 rounded-full bg-warn px-1 text-xs font-semibold text-surface tabular-nums"
                  aria-hidden
                >
                  {waiting}
                </span>
              )}
            </span>
            <Link href="/" className="flex-1 font-semibold">
              {t("shell.appName")}
            </Link>
            <IconButton label={t("shell.search")} onClick={search} {...meansSearch}>
              <Search aria-hidden />
            </IconButton>
          </header>
          <main id="main" tabIndex={-1} className="relative min-h-0 flex-1 outline-none">
            {children}
          </main>
        </div>
      </div>
      <Dialog open={drawer} onOpenChange={setDrawer} title={t("shell.side")} place="start" bare>
        <Side onSearch={search} meansSearch={meansSearch} onGo={() => setDrawer(false)} />
      </Dialog>
      {searching && (
        <Suspense>
          <SearchDialog open onOpenChange={setSearching} />
        </Suspense>
      )}
      <Announcer />
    </div>
  );
}

/** A file that is dropped beside the composer must not take the page away: browsers open it in place of it. */
function useNoStrayDrops() {
  useEffect(() => {
    const ignore = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    window.addEventListener("dragover", ignore);
    window.addEventListener("drop", ignore);
    return () => {
      window.removeEventListener("dragover", ignore);
      window.removeEventListener("drop", ignore);
    };
  }, []);
}

function ConnectionLine() {
  const { t } = useTranslation();
  const lost = useReconnecting();
  const [shown, setShown] = useState(false);
  // A hiccup of a second is nobody's business.
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), 1_500);
    return () => clearTimeout(timer);
  }, [lost]);
  return (
    <div role="status">
      {shown && (
        <div className="fixed top-2 left-1/2 z-60 flex -translate-x-1/2 animate-appear items-center gap-2 rounded-full bg-warn-soft px-4 py-1 text-sm text-warn shadow-raised">
          <CloudOff className="size-4 shrink-0" aria-hidden />
          {t("shell.reconnecting")}
        </div>
      )}
    </div>
  );
}
