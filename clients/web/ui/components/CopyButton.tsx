/* Copies a text, where the browser has a clipboard: over a connection that is not safe it has
 * none, and the text is there to be selected. */
import { Button } from "./Button.tsx";

export function CopyButton({ content, label, onCopied }: {
  content: string;
  label: string;
  onCopied: () => void;
}): preact.JSX.Element | null {
  return "clipboard" in navigator
    ? (
      <Button kind="secondary" onClick={() => void navigator.clipboard.writeText(content).then(onCopied, () => undefined)}>
        {label}
      </Button>
    )
    : null;
}
