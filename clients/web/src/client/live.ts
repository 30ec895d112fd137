/* Answers that stay fresh: a question is asked again whenever the machine tells that its answer is
 * another now. */
import type { QuestionName, Tell } from "../core/commands.ts";
import type { Remote, Verbs } from "./remote.ts";

/** What a change of one answer says of others, COMMANDS.md §6. */
const IMPLIED: { readonly [told in QuestionName]?: readonly QuestionName[] } = {
  alarms: ["status"],
  communities: ["status"],
  outbox: ["status", "feed", "message"],
  feed: ["message", "groups"],
  members: ["group_members"],
  group_members: ["members"],
  own_inboxes: ["inbox"],
  cases: ["case", "own_inboxes"],
};

/** Whether what is told changes the answer to this question. */
export function concerns(tell: Tell, name: QuestionName, fields: object): boolean {
  const asked = fields as { community?: string; group?: string; case?: string };
  const isSame = (told: string | undefined, own: string | undefined): boolean =>
    told === undefined || own === undefined || told === own;
  switch (tell.tell) {
    case "message":
      return (name === "feed" || name === "message") && asked.group === tell.group;
    case "case":
    case "late":
      return name === "cases" || name === "own_inboxes" || (name === "case" && asked.case === tell.case);
    case "changed":
      return (tell.what === name || IMPLIED[tell.what]?.includes(name) === true) &&
        isSame(tell.community, asked.community) && isSame(tell.group, asked.group);
    case "alarm":
      return name === "alarms" || name === "status";
    case "connection":
      return name === "status";
    default:
      return false;
  }
}

/** Calls each with the answer now and after every change, never with an older answer after a newer
 * one. Returns what ends it. */
export function watch<C extends Verbs<C>, Q extends Verbs<Q>, T, K extends keyof Q & string>(
  machine: Remote<C, Q, T>,
  name: K,
  fields: Q[K]["fields"],
  isStale: (tell: T) => boolean,
  each: (answer: Q[K]["answer"]) => void,
  failed: (error: unknown) => void,
): () => void {
  let latest = 0;
  const ask = (): void => {
    const turn = ++latest;
    machine.ask(name, fields).then(
      (answer) => turn === latest && each(answer),
      (error: unknown) => turn === latest && failed(error),
    );
  };
  const stop = machine.listen((tell) => isStale(tell) && ask());
  ask();
  return () => {
    latest++;
    stop();
  };
}
