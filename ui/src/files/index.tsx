import "./files.css";

// Files of a task: what is in them, and what was changed. Loaded when the first one is opened.
import "~/messages/later/files";

export { ChangesView, type ChangesViewProps } from "./changes/ChangesView";
export { Conflicts } from "./changes/Conflicts";
export { FileViewer, type FileViewerProps } from "./FileViewer";
