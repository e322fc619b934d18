// The building blocks, under one name.
export { Button, type ButtonProps, IconButton } from "./Button";
export { Checkbox, type Option, Radios, Switch } from "./Choice";
export { Confirm } from "./Confirm";
export { CopyButton, useCopy } from "./Copy";
export { cx } from "./cx";
export { Dialog, type DialogProps } from "./Dialog";
export { Empty, Loading } from "./Empty";
export { TextArea, TextField } from "./Field";
export { LinkProvider, useOpenLink } from "./LinkDialog";
export { Markdown } from "./Markdown";
export { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from "./Menu";
export { Note, ProblemNote } from "./Note";
export { wordsOf } from "./problem";
export { Scrollable } from "./Scrollable";
export { Toasts } from "./Toasts";
export { toast, toastProblem } from "./toast";
export { Untrusted } from "./Untrusted";
export { Verbatim } from "./Verbatim";
