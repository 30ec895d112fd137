/* What the app could not find out, though all screens rest on it: said above whatever can be shown without it,
 * with another try. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";

interface Failure {
  readonly error: string;
  readonly again: () => void;
}

export const TroubleContext = createContext<Failure | undefined>(undefined);

export function Trouble(): preact.JSX.Element | null {
  const { text: common, textOfError } = useCommon();
  const failure = useContext(TroubleContext);
  return failure === undefined ? null : (
    <Notice kind="error" isNews>
      <Paragraph>{textOfError(failure.error)}</Paragraph>
      <Button kind="secondary" onClick={failure.again}>{common("page.again")}</Button>
    </Notice>
  );
}
