/* A new version of the app is there. Nothing happens before the user says so: something may be half
 * written. */
import { useEffect, useState } from "preact/hooks";

import { version } from "../browser.ts";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useAppTexts } from "./texts.ts";

export function NewVersion(): preact.JSX.Element | null {
  const text = useAppTexts();
  const [state, setState] = useState(version.state);
  useEffect(() => {
    version.onChange = () => setState(version.state);
    version.onChange();
    return () => {
      version.onChange = () => {};
    };
  }, []);
  return state === "current" ? null : (
    <Notice kind="info" isNews>
      <Paragraph>{text(`version.${state}`)}</Paragraph>
      <Actions>
        <Button kind="secondary" onClick={() => (state === "replaced" ? location.reload() : version.renew())}>
          {text("version.renew")}
        </Button>
      </Actions>
    </Notice>
  );
}
