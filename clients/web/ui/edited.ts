/* What is edited of what is saved already. */
import { useLayoutEffect, useState } from "preact/hooks";

/** Follows what is saved until something is typed, and again once that is saved; what is typed is overwritten
 * by nothing. A form that uses it is shown when what is saved is known: who had the focus in an empty field
 * would go on behind what comes into it. */
export function useEdited(saved: string): [string, (typed: string) => void] {
  const [typed, setTyped] = useState<string | undefined>();
  useLayoutEffect(() => setTyped((now) => (now?.trim() === saved ? undefined : now)), [saved]);
  return [typed ?? saved, setTyped];
}
