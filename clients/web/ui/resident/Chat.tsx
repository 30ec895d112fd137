/* The chat of a neighbourhood or a circle. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Message } from "../../src/core/commands.ts";
import { notLonger, required } from "../../src/form/validate.ts";
import { GivenBack, KeptLine, useDraft } from "../app/drafts.tsx";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { useFeed } from "./feed.ts";
import { Frame, useMarkRead } from "./Frame.tsx";
import { byTime, MessageView, nameOf } from "./Message.tsx";
import { type Place, useNeighbourhood } from "./neighbourhood.tsx";
import { isGone, OwnOrCoordinator, refOf, TEXT_MAX } from "./Own.tsx";
import { PlaceState } from "./PlaceState.tsx";

export function Chat({ place }: { place: Place }): preact.JSX.Element {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { messages, hasMore, more, error } = useFeed(place.group, "chat");
  const last = Math.max(0, ...(messages ?? []).map(({ seq }) => seq));
  const [answered, setAnswered] = useState<Message | undefined>();
  useMarkRead(place.group, last);
  return (
    <Frame heading={text("chat.heading", { place: place.name })} place={place}>
      <PlaceState place={place} />
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {hasMore && (
        <Actions>
          <Button kind="secondary" onClick={more}>{text("concerns.more")}</Button>
        </Actions>
      )}
      {messages?.length === 0 && <Paragraph>{text("chat.none")}</Paragraph>}
      <div class="kring-chat" role="log" aria-label={text("chat.heading", { place: place.name })}>
        {[...(messages ?? [])].sort(byTime).map((message) => (
          <MessageView key={message.event} message={message} level={2} quote={quoteOf(message, messages ?? [], text)}>
            {!isGone(message) && !message.pending && (
              <Button kind="subtle" onClick={() => setAnswered(message)}>{text("chat.answer")}</Button>
            )}
            <OwnOrCoordinator place={place} message={message} />
          </MessageView>
        ))}
      </div>
      <Write place={place} last={last} answered={answered} onAnswered={setAnswered} />
    </Frame>
  );
}

/** Characters of what is answered that are shown again. */
const QUOTE_MAX = 80;

const short = (words: string): string =>
  words.length > QUOTE_MAX ? `${Array.from(words).slice(0, QUOTE_MAX).join("")}…` : words;

const answerOf = (message: Message, text: ReturnType<typeof useAppTexts>): string =>
  text("chat.answerTo", {
    name: nameOf(message, text),
    text: isGone(message) || !("text" in message) ? "…" : short(message.text ?? ""),
  });

/** What a message answers, as a line above it. */
function quoteOf(
  message: Message,
  messages: readonly Message[],
  text: ReturnType<typeof useAppTexts>,
): string | undefined {
  if (message.kind !== "chat" || message.ref === undefined) {
    return undefined;
  }
  const { author, event } = message.ref;
  const found = messages.find((each) => each.event === event && each.author === author);
  return found === undefined ? text("chat.answerToEarlier") : answerOf(found, text);
}

function Write({ place, last, answered, onAnswered }: {
  place: Place;
  last: number;
  answered: Message | undefined;
  onAnswered: (message: Message | undefined) => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const { community } = useNeighbourhood();
  const draft = useDraft(`chat ${place.group}`, { community: community.community });
  const { isReady, keeper } = draft;
  const value = draft.fields["words"] ?? "";
  const end = useRef<HTMLDivElement>(null);
  // The newest is below: it comes into sight when it comes in.
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [last]);
  useLayoutEffect(() => {
    if (answered !== undefined) {
      end.current?.querySelector("textarea")?.focus();
    }
  }, [answered]);
  const send = async (): Promise<void> => {
    const posted = keeper.send((kept) => client.command("post", {
      group: place.group, kind: "chat", text: value.trim(), kept,
      ...(answered === undefined ? {} : { ref: refOf(answered) }),
    }));
    keeper.clear();
    onAnswered(undefined);
    await posted.catch((failure: unknown) => {
      onAnswered(answered);
      throw failure;
    });
  };
  return (
    <div ref={end}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {answered !== undefined && (
        <p class="kring-message__line" dir="auto">
          {answerOf(answered, text)}
          {" "}
          <Button kind="subtle" onClick={() => onAnswered(undefined)}>{text("chat.answerNot")}</Button>
        </p>
      )}
      <GivenBack draft={draft} />
      <Form
        submit={text("chat.done")}
        isBusy={isBusy || !isReady}
        check={() => ({ chat: required(value) ?? notLonger(value, TEXT_MAX) })}
        onSubmit={() => run(send)}
      >
        {(errorOf) => (
          <TextArea
            id="chat"
            label={text("chat.text")}
            hint={text("chat.hint")}
            error={errorOf("chat")}
            maxLength={TEXT_MAX}
            value={value}
            onInput={(words) => keeper.change({ words })}
          />
        )}
      </Form>
      <KeptLine draft={draft} />
    </div>
  );
}
