/* That one can no longer read what is said in a group, and what to do about it. */
import { useState } from "preact/hooks";

import { useAppTexts } from "../app/texts.ts";
import { useClient, useSending } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import type { Place } from "./neighbourhood.tsx";

export function PlaceState({ place }: { place: Place }): preact.JSX.Element | null {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [hasAsked, setAsked] = useState(false);
  if (place.state !== "stranded") {
    return null;
  }
  const heal = async (): Promise<void> => {
    setAsked(true);
    await client.command("heal", { group: place.group });
  };
  return (
    <Notice kind="warning" isNews>
      <Paragraph>{text(hasAsked ? "state.healed" : "state.stranded")}</Paragraph>
      {error !== undefined && <Paragraph>{textOfError(error)}</Paragraph>}
      {!hasAsked && (
        <Button isBusy={isBusy} onClick={() => run(heal)}>{text("state.heal")}</Button>
      )}
    </Notice>
  );
}
