/* Answers that stay fresh: a question is asked again whenever the machine tells that its answer is
 * another now. */
import type { QuestionAnswer, QuestionFields, QuestionName, Tell } from "../core/commands.ts";
import type { Client } from "./client.ts";

/** Whether what is told changes the answer to this question. */
export function concerns(
  tell: Tell,
  name: QuestionName,
  fields: { community?: string; group?: string },
): boolean {
  if (tell.tell === "message") {
    return (name === "feed" || name === "message") && fields.group === tell.group;
  }
  return tell.tell === "changed" && tell.what === name &&
    (tell.community === undefined || fields.community === undefined ||
      tell.community === fields.community) &&
    (tell.group === undefined || fields.group === undefined || tell.group === fields.group);
}

/** Calls each with the answer now and after every change, never with an older answer after a newer
 * one. Returns what ends it. */
export function watch<K extends QuestionName>(
  client: Client,
  name: K,
  fields: QuestionFields<K>,
  each: (answer: QuestionAnswer<K>) => void,
  failed: (error: unknown) => void,
): () => void {
  let latest = 0;
  const ask = (): void => {
    const turn = ++latest;
    client.ask(name, fields).then(
      (answer) => turn === latest && each(answer),
      (error: unknown) => turn === latest && failed(error),
    );
  };
  const stop = client.listen((tell) => concerns(tell, name, fields) && ask());
  ask();
  return () => {
    latest++;
    stop();
  };
}
