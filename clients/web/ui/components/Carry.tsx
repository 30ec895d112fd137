/* A link that goes to another device: as a QR code for its camera, and as text. */
import { useState } from "preact/hooks";

import { Qr } from "../coordinator/Qr.tsx";
import { Actions } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";

export function Carry({ link, label, copy, copied }: {
  link: string;
  /** Of the code. */
  label: string;
  /** Of the button, and what is said then. */
  copy: string;
  copied: string;
}): preact.JSX.Element {
  const [isCopied, setCopied] = useState(false);
  return (
    <>
      <Qr content={link} label={label} />
      <p class="kring-letter__link" dir="ltr" translate={false}>{link}</p>
      <Actions>
        <CopyButton content={link} label={copy} onCopied={() => setCopied(true)} />
      </Actions>
      <p role="status">{isCopied ? copied : ""}</p>
    </>
  );
}
