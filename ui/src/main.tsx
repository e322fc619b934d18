import "./styles/theme.css";
import "./styles/prose.css";
import "./messages";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, preloadView } from "./App";
import { newQueryClient } from "./api/queries";
import { openSession } from "./api/session";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await Promise.all([openSession(), preloadView(window.location.pathname)]);
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={newQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
