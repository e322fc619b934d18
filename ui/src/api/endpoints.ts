// One function per request of the contract.
import { apiPath, query, request } from "./request";
import type * as t from "./types";

const at = (id: string) => `/tasks/${encodeURIComponent(id)}`;

const noteAt = (id: string) => `/settings/memory/${encodeURIComponent(id)}`;
const connectorAt = (name: string) => `/connectors/${encodeURIComponent(name)}`;
const pluginAt = (id: string) => `/plugins/${encodeURIComponent(id)}`;

export const api = {
  state: () => request<t.AppState>("GET", "/state"),
  search: (q: string, signal?: AbortSignal) =>
    request<t.FoundEntry[]>("GET", `/search${query({ q })}`, undefined, signal),
  browse: (path?: string) => request<t.Browse>("GET", `/folders/browse${query({ path })}`),
  findFiles: (folder: string[], q: string, signal?: AbortSignal) =>
    request<string[]>("GET", `/files/find${query({ folder, q })}`, undefined, signal),
  upload: (file: File) => request<t.Upload>("POST", `/uploads${query({ name: file.name })}`, file),
  starters: () => request<t.Starter[]>("GET", "/starters"),
  commands: () => request<t.Command[]>("GET", "/commands"),
  completions: (text: string, signal?: AbortSignal) =>
    request<t.Completion[]>("GET", `/connectors-completions${query({ text })}`, undefined, signal),
  demo: () => request<t.TaskMade>("POST", "/demo"),

  inbox: () => request<t.InboxEntry[]>("GET", "/inbox"),
  answer: (id: string, answer: t.Answer) => request<void>("POST", `/inbox/${encodeURIComponent(id)}`, answer),

  always: (id: string, number: number) =>
    request<void>("POST", `/inbox/${encodeURIComponent(id)}/always/${number}`),

  tasks: {
    list: () => request<t.TaskHead[]>("GET", "/tasks"),
    make: (task: t.NewTask) => request<t.TaskMade>("POST", "/tasks", task),
    page: (id: string) => request<t.TaskPage>("GET", at(id)),
    mark: (id: string, marks: t.TaskMarks) => request<t.TaskHead>("PATCH", at(id), marks),
    trust: (id: string) => request<t.Trust>("GET", `${at(id)}/trust`),
    clean: (id: string) => request<t.CleanOffer>("GET", `${at(id)}/clean`),
    goOn: (id: string, clean: t.Clean) => request<t.TaskMade>("POST", `${at(id)}/clean`, clean),
    say: (id: string, say: t.Say) => request<void>("POST", `${at(id)}/say`, say),
    withdraw: (id: string, queued: number) => request<void>("DELETE", `${at(id)}/queue/${queued}`),
    stop: (id: string) => request<void>("POST", `${at(id)}/stop`),
    resume: (id: string) => request<void>("POST", `${at(id)}/resume`),
    branch: (id: string, branch: t.Branch) => request<t.TaskMade>("POST", `${at(id)}/branch`, branch),
    call: (id: string, call: string) =>
      request<t.CallDetail>("GET", `${at(id)}/calls/${encodeURIComponent(call)}`),
    undo: (id: string, what: t.UndoRequest) => request<t.UndoDone>("POST", `${at(id)}/undo`, what),
    redo: (id: string) => request<t.UndoDone>("POST", `${at(id)}/redo`),
    diff: (id: string, step: number, path: string) =>
      request<t.FileDiff>("GET", `${at(id)}/changes/${step}${query({ path })}`),
    preview: (id: string, file: { path: string; hash?: string | null; sheet?: string; row?: number }) =>
      request<t.Preview>("GET", `${at(id)}/file${query(file)}`),
    open: (id: string, what: t.OpenRequest) => request<void>("POST", `${at(id)}/open`, what),
  },

  settings: {
    about: () => request<t.About>("GET", "/settings/about"),
    folders: () => request<t.StandingFolder[]>("GET", "/settings/folders"),
    grant: (folder: t.GrantFolder) => request<t.StandingFolder>("POST", "/settings/folders", folder),
    revoke: (path: string) => request<void>("DELETE", `/settings/folders${query({ path })}`),
    revokeAll: () => request<void>("DELETE", "/settings/folders/all"),
    instructions: () => request<t.Instructions>("GET", "/settings/instructions"),
    setInstructions: (text: string) => request<void>("PUT", "/settings/instructions", { text }),
    trust: (what: t.TrustInstructions) => request<void>("POST", "/settings/instructions/trust", what),
    models: () => request<t.Provider[]>("GET", "/settings/models"),
    setModel: (id: string, provider: t.SetProvider) =>
      request<t.Provider>("PUT", `/settings/models/${encodeURIComponent(id)}`, provider),
    removeModel: (id: string) => request<void>("DELETE", `/settings/models/${encodeURIComponent(id)}`),
    testModel: (id: string) =>
      request<t.ModelTest>("POST", `/settings/models/${encodeURIComponent(id)}/test`),
    setAppearance: (theme: t.Theme) => request<void>("PUT", "/settings/appearance", { theme }),
    policy: () => request<t.Policy>("GET", "/settings/policy"),
    setPolicy: (own: string) => request<void>("PUT", "/settings/policy", { own }),
    values: () => request<t.StandingValue[]>("GET", "/settings/policy/values"),
    withdrawValue: (id: string) =>
      request<void>("DELETE", `/settings/policy/values/${encodeURIComponent(id)}`),
    memory: () => request<t.MemoryPage>("GET", "/settings/memory"),
    addNote: (text: string) => request<t.NoteLine>("POST", "/settings/memory", { text }),
    editNote: (id: string, text: string) => request<t.NoteLine>("PUT", noteAt(id), { text }),
    removeNote: (id: string) => request<void>("DELETE", noteAt(id)),
    decideNote: (id: string, what: t.DecideNote) => request<void>("POST", noteAt(id), what),
    tryPolicy: (own: string) => request<t.PolicyTrial>("POST", "/settings/policy/try", { own }),
    connectors: () => request<t.Connector[]>("GET", "/connectors"),
    connector: (name: string) => request<t.ConnectorPage>("GET", connectorAt(name)),
    directory: () => request<t.DirectoryEntry[]>("GET", "/connectors-directory"),
    addConnector: (what: t.AddConnector) => request<t.ConnectorPage>("POST", "/connectors", what),
    openBundle: (file: File) => request<t.BundlePage>("POST", "/connectors-bundle", file),
    reviewBundle: ({ id, ...what }: t.SetUpBundle & { id: string }) =>
      request<t.BundlePage>("POST", `/connectors-bundle/${id}/review`, what),
    installBundle: ({ id, ...what }: t.SetUpBundle & { id: string }) =>
      request<t.ConnectorPage>("POST", `/connectors-bundle/${id}`, what),
    removeConnector: (name: string) => request<void>("DELETE", connectorAt(name)),
    approveTools: (name: string) => request<t.ConnectorPage>("POST", `${connectorAt(name)}/approve`),
    setTool: (what: { name: string; tool: string; rule: t.ToolRule }) =>
      request<void>("PUT", `${connectorAt(what.name)}/tools/${encodeURIComponent(what.tool)}`, {
        rule: what.rule,
      }),
    setAddressBook: (what: { name: string; on: boolean }) =>
      request<void>("PUT", `${connectorAt(what.name)}/address-book`, { on: what.on }),
    startConnector: (name: string) => request<t.ConnectorPage>("POST", `${connectorAt(name)}/start`, {}),
    setSampling: (what: { name: string; on: boolean }) =>
      request<void>("PUT", `${connectorAt(what.name)}/sampling`, { on: what.on }),
    signIn: (name: string) => request<void>("POST", `${connectorAt(name)}/login`),
    signOut: (name: string) => request<void>("DELETE", `${connectorAt(name)}/login`),
    plugins: () => request<t.Plugin[]>("GET", "/plugins"),
    plugin: (id: string) => request<t.PluginPage>("GET", pluginAt(id)),
    reviewPlugin: (id: string) => request<t.PluginReview>("POST", "/plugins/review", { id }),
    acceptPlugin: (what: t.InstallPlugin) => request<t.Plugin>("POST", "/plugins", what),
    removePlugin: (id: string) => request<void>("DELETE", pluginAt(id)),
    enablePlugin: (what: { id: string; enabled: boolean }) =>
      request<t.Plugin>("PATCH", pluginAt(what.id), { enabled: what.enabled }),
    marketplaces: () => request<t.Marketplace[]>("GET", "/marketplaces"),
    addMarketplace: (source: string) => request<t.Marketplace>("POST", "/marketplaces", { source }),
    updateMarketplace: (name: string) =>
      request<t.Marketplace>("POST", `/marketplaces/${encodeURIComponent(name)}/update`),
    removeMarketplace: (name: string) => request<void>("DELETE", `/marketplaces/${encodeURIComponent(name)}`),
    skills: () => request<t.SkillLine[]>("GET", "/skills"),
    skillNotes: () => request<t.SkillNote[]>("GET", "/skills-notes"),
    skill: (what: { name: string; from: string }) =>
      request<t.SkillPage>("GET", `/skills/${encodeURIComponent(what.name)}${query({ from: what.from })}`),
    trustSkill: ({ name, ...what }: { name: string; from: string; hash: string }) =>
      request<void>("POST", `/skills/${encodeURIComponent(name)}/trust`, what),
    sandbox: () => request<t.SandboxPage>("GET", "/settings/sandbox"),
    buildSandbox: (anew: boolean) =>
      request<void>("POST", `/settings/sandbox/build${query({ anew: String(anew) })}`),
    resetSandbox: () => request<t.SandboxPage>("POST", "/settings/sandbox/reset"),
    localModel: () => request<t.LocalModelPage>("GET", "/settings/local-model"),
    pullLocalModel: () => request<void>("POST", "/settings/local-model/pull"),
    budget: () => request<t.Budget>("GET", "/settings/budget"),
    setBudget: (budget: t.Budget) => request<t.Budget>("PUT", "/settings/budget", budget),
    network: (task?: string) => request<t.NetworkEntry[]>("GET", `/settings/network${query({ task })}`),
    usage: () => request<t.UsageLine[]>("GET", "/settings/usage"),
    storage: () => request<t.Storage>("GET", "/settings/storage"),
    tidy: () => request<t.Storage>("POST", "/settings/storage/tidy"),
    cleanCache: (part: t.CachePart) => request<t.Storage>("POST", "/settings/storage/clean", { part }),
    checks: () => request<t.Check[]>("GET", "/settings/checks"),
  },
};

/** The bytes of a file of a task: for `<img>`, frames and downloads. */
export const rawUrl = (task: string, file: { path: string; hash?: string | null; download?: boolean }) =>
  apiPath(
    `${at(task)}/raw${query({ path: file.path, hash: file.hash, download: file.download ? 1 : undefined })}`,
  );

/** The conversation as a Markdown file. */
export const exportUrl = (task: string) => apiPath(`${at(task)}/export`);

export const appEventsUrl = () => apiPath("/events");
export const taskEventsUrl = (task: string, after: number) =>
  apiPath(`${at(task)}/events${query({ after })}`);
