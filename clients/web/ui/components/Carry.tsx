/* A text that goes to another device or to somebody else: to copy, and as a QR code where a camera can do something
 * with it. */
import { Actions } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";
import { Qr } from "./Qr.tsx";

export function Carry({ content, label, qr, copy, copied }: {
  content: string;
  label: string;
  /** Of the code. */
  qr?: string;
  /** Of the button, and what is said then. */
  copy: string;
  copied: string;
}): preact.JSX.Element {
  return (
    <>
      {qr !== undefined && <Qr content={content} label={qr} />}
      <p class="kring-letter__link" dir="ltr" translate={false} role="group" aria-label={label}>{content}</p>
      <Actions>
        <CopyButton content={content} label={copy} copied={copied} />
      </Actions>
    </>
  );
}
