// Previews and differences: loaded when somebody looks at a file.
import { addWords } from "~/messages";
import { files } from "~/messages/en/files";

addWords("files", files);

export { ChangesView, type ChangesViewProps } from "./changes/ChangesView";
export { FileViewer, type FileViewerProps } from "./FileViewer";
