// Previews and differences: loaded when somebody looks at a file.
export { ChangesView, type ChangesViewProps } from "./changes/ChangesView";
export { FileViewer, type FileViewerProps } from "./FileViewer";
