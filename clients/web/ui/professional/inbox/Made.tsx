/* The recovery digits of a new inbox, once. */
import { router } from "../../app/routes.ts";
import { useRoute } from "../../client.tsx";
import { Digits } from "./Digits.tsx";
import { Own } from "./Own.tsx";
import { useOwnInbox } from "./own.ts";

export function Made(): preact.JSX.Element {
  const recovery = useRoute(router).params?.recovery;
  const own = useOwnInbox();
  const done = (): void => router.replace("inbox", { made: "yes", ...(own === undefined ? {} : { inbox: own.inbox }) });
  return recovery === undefined
    ? <Own /> // they were in memory only
    : <Digits recovery={recovery} own={own} onDone={done} />;
}
