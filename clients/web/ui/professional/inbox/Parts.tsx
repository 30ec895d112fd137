/* What several screens of an inbox have: copying, and asking before something is done. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { useAction } from "../../client.tsx";
import { Actions, Button } from "../../components/Button.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";

/** A button that copies, and says that it has. */
export function Copy({ content, label }: { content: string; label: string }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const [isCopied, setCopied] = useState(false);
  return (
    <>
      <CopyButton content={content} label={label} onCopied={() => setCopied(true)} />
      <span class="kring-copied" role="status">{isCopied ? text("inbox.copied") : ""}</span>
    </>
  );
}

/** Closes itself when it is done. */
export function Confirm({ heading, done, isDanger, act, onClose, children }: {
  heading: string;
  done: string;
  isDanger?: boolean;
  act: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}): preact.JSX.Element {
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  return (
    <Dialog heading={heading} onCancel={onClose}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {children}
      <Actions>
        <Button kind={isDanger === true ? "danger" : "primary"} isBusy={isBusy} onClick={() => run(() => act().then(onClose))}>
          {done}
        </Button>
        <Button kind="secondary" onClick={onClose}>{common("page.cancel")}</Button>
      </Actions>
    </Dialog>
  );
}
