/* The chat of a neighbourhood or a circle. */
import { useEffect, useRef, useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { OwnOrCoordinator, TEXT_MAX } from "./Concern.tsx";
import { useFeed } from "./feed.ts";
import { Frame, useMarkRead } from "./Frame.tsx";
import { byTime, MessageView } from "./Message.tsx";
import type { Place } from "./neighbourhood.tsx";
import { PlaceState } from "./PlaceState.tsx";

export function Chat({ place }: { place: Place }): preact.JSX.Element {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { messages, hasMore, more, error } = useFeed(place.group, "chat");
  const last = Math.max(0, ...(messages ?? []).map(({ seq }) => seq));
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
          <MessageView key={message.event} message={message} level={2}>
            <OwnOrCoordinator place={place} message={message} />
          </MessageView>
        ))}
      </div>
      <Write place={place} last={last} />
    </Frame>
  );
}

function Write({ place, last }: { place: Place; last: number }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [value, setValue] = useState("");
  const end = useRef<HTMLDivElement>(null);
  // The newest is below: it comes into sight when it comes in.
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [last]);
  const send = async (): Promise<void> => {
    const posted = client.command("post", { group: place.group, kind: "chat", text: value.trim() });
    setValue("");
    await posted.catch((failure: unknown) => {
      setValue((typed) => typed || value);
      throw failure;
    });
  };
  return (
    <div ref={end}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text("chat.done")}
        isBusy={isBusy}
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
            onInput={setValue}
          />
        )}
      </Form>
    </div>
  );
}
