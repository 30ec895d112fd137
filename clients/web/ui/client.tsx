/* The client in components: its state, and answers that stay fresh. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useState } from "preact/hooks";

import type { Client, ClientState } from "../src/client/client.ts";
import { concerns, watch } from "../src/client/live.ts";
import { Refused } from "../src/client/remote.ts";
import type { Router, Route } from "../src/client/router.ts";
import type { QuestionAnswer, QuestionFields, QuestionName, Tell } from "../src/core/commands.ts";

const ClientContext = createContext<Client | null>(null);

export function ClientProvider({ client, children }: {
  client: Client;
  children: ComponentChildren;
}): preact.JSX.Element {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) {
    throw new Error("no ClientProvider above this component");
  }
  return client;
}

export function useTabState(): ClientState {
  const client = useClient();
  const [state, setState] = useState(client.state);
  useLayoutEffect(() => {
    setState(client.state);
    return client.subscribe(setState);
  }, [client]);
  return state;
}

export const codeOf = (error: unknown): string => (error instanceof Refused ? error.code : "internal");

export interface Asked<A> {
  /** undefined until the first answer. */
  readonly answer?: A;
  readonly error?: string;
}

/** The answer to a question, asked again whenever it changes, and once more by `again`. */
export function useQuestion<K extends QuestionName>(
  name: K,
  fields: QuestionFields<K>,
): Asked<QuestionAnswer<K>> & { readonly again: () => void } {
  const client = useClient();
  const [asked, setAsked] = useState<Asked<QuestionAnswer<K>>>({});
  const [attempt, setAttempt] = useState(0);
  useEffect(
    () => watch(client, name, fields, (tell) => concerns(tell, name, fields),
      (answer) => setAsked({ answer }),
      (error) => setAsked({ error: codeOf(error) })),
    [client, name, JSON.stringify(fields), attempt],
  );
  return { ...asked, again: () => setAttempt(attempt + 1) };
}

/** Calls each for everything that is told while the component is there: from its first moment, as nothing is
 * told twice. */
export function useTells(each: (tell: Tell) => void): void {
  const client = useClient();
  useLayoutEffect(() => client.listen(each), [client, each]);
}

/** Something that is done once the button is pressed: whether it is under way, and what went
 * wrong. */
export function useAction(): {
  isBusy: boolean;
  error: string | undefined;
  run: (action: () => Promise<void>) => void;
} {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>();
  const run = (action: () => Promise<void>): void => {
    setBusy(true);
    setError(undefined);
    action()
      .catch((failure: unknown) => setError(codeOf(failure)))
      .finally(() => setBusy(false));
  };
  return { isBusy, error, run };
}

/** Of what goes through the outbox: until it cannot be lost any more, not until the relay has it, so that
 * it can be done without a connection. What is refused later is told as `failed`. */
export async function untilKept(client: Client, acted: Promise<unknown>): Promise<void> {
  let stop = (): void => undefined;
  const queued = new Promise<void>((resolve) => {
    stop = client.listen((tell) => tell.tell === "queued" && resolve());
  });
  await Promise.race([queued, acted]).finally(() => stop());
}

/** As useAction, under way until it is kept; `kept` is called then. A refusal is said when it comes. */
export function useSending(): {
  isBusy: boolean;
  error: string | undefined;
  run: (action: () => Promise<void>, kept?: () => void) => void;
} {
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>();
  const run = (action: () => Promise<void>, kept?: () => void): void => {
    setBusy(true);
    setError(undefined);
    const acted = action();
    acted.catch((failure: unknown) => setError(codeOf(failure)));
    untilKept(client, acted)
      .then(kept, () => undefined)
      .finally(() => setBusy(false));
  };
  return { isBusy, error, run };
}

export function useRoute<S extends string>(router: Router<S>): Route<S> {
  const [route, setRoute] = useState(router.route);
  useLayoutEffect(() => router.subscribe(() => setRoute(router.route)), [router]);
  return route;
}
