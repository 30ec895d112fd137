/* Copies a text and says so, where the browser has a clipboard: over a connection that is not safe it has
 * none, and the text is there to be selected. */
import { useState } from "preact/hooks";

import { Button } from "./Button.tsx";

export function CopyButton({ content, label, copied }: {
  content: string;
  label: string;
  /** What is said then. */
  copied: string;
}): preact.JSX.Element | null {
  const [isCopied, setCopied] = useState(false);
  if (!("clipboard" in navigator)) {
    return null;
  }
  const copy = (): void =>
    void navigator.clipboard.writeText(content).then(() => setCopied(true), () => undefined);
  return (
    <>
      <Button kind="secondary" onClick={copy}>{label}</Button>
      <span class="kring-copied" role="status">{isCopied ? copied : ""}</span>
    </>
  );
}
