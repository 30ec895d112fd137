/* Asks whether something is to be done that cannot be taken back, and closes when it is done. */
import type { ComponentChildren } from "preact";

import { useAction } from "../client.tsx";
import { useCommon } from "../texts.tsx";
import { Actions, Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";
import { Notice } from "./Notice.tsx";

interface ConfirmProps {
  readonly heading: string;
  /** On the button that does it. */
  readonly done: string;
  readonly isDanger?: boolean;
  readonly act: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({ heading, done, isDanger, act, onClose, children }: ConfirmProps): preact.JSX.Element {
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
