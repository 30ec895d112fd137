/* A concern with what the neighbours said to it. */
import { useState } from "preact/hooks";

import type { Message, MessageWithThread } from "../../src/core/commands.ts";
import type { Ref } from "../../src/core/content.ts";
import { notLonger, required } from "../../src/form/validate.ts";
import { GivenBack, KeptLine, useDraft } from "../app/drafts.tsx";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useRoute, useSending } from "../client.tsx";
import { Actions, Button, ButtonLink } from "../components/Button.tsx";
import { Dialog } from "../components/Dialog.tsx";
import { TextArea } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { byTime, MessageView, Reply } from "./Message.tsx";
import { type Place, useNeighbourhood } from "./neighbourhood.tsx";
import { isGone, OwnOrCoordinator, refOf, TEXT_MAX } from "./Own.tsx";

export function Concern({ place }: { place: Place }): preact.JSX.Element {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { params } = useRoute(router);
  const { author = "", event = "" } = params ?? {};
  const { answer: message, error } = useQuestion("message", { group: place.group, author, event });
  const hasCategory = message?.kind === "concern" && "category" in message;
  const heading = hasCategory
    ? text(`category.${message.category}`)
    : text("concerns.heading", { place: place.name });
  return (
    <Frame heading={heading} place={place}>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {message !== undefined && <Thread place={place} message={message} hasHeading={!hasCategory} />}
    </Frame>
  );
}

function Thread({ place, message, hasHeading }: {
  place: Place;
  message: MessageWithThread;
  hasHeading: boolean;
}): preact.JSX.Element {
  const text = useAppTexts();
  const ref = refOf(message);
  const replies = message.thread.filter(({ kind }) => kind !== "retraction" && kind !== "edit").sort(byTime);
  return (
    <>
      <MessageView message={message} {...(hasHeading ? { level: 2 } : {})} />
      {!isGone(message) && message.earlier.length > 0 && (
        <>
          <Paragraph>{text("concern.earlier")}</Paragraph>
          {message.earlier.map(({ text: words }, i) => words !== undefined && <Written key={i}>{words}</Written>)}
        </>
      )}
      {!isGone(message) && <Acts place={place} message={message} />}
      <Heading level={2}>{text("concern.thread")}</Heading>
      {replies.length === 0
        ? <Paragraph>{text("concern.noThread")}</Paragraph>
        : (
          <ul class="kring-thread">
            {replies.map((reply) => (
              <Reply key={reply.event} message={reply}>
                <OwnOrCoordinator place={place} message={reply} />
              </Reply>
            ))}
          </ul>
        )}
      {!isGone(message) && <Comment key={ref.event} place={place} to={ref} />}
    </>
  );
}

function Acts({ place, message }: { place: Place; message: Message }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { isBusy, error, run } = useSending();
  const [isCalling, setCalling] = useState(false);
  const ref = refOf(message);
  const corroborate = async (): Promise<void> => {
    await client.command("post", { group: place.group, kind: "corroboration", ref });
  };
  return (
    <>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {message.corroborated && <Notice kind="ok" isNews>{text("concern.alsoDone")}</Notice>}
      <Actions>
        {message.kind === "concern" && !message.me && !message.corroborated && (
          <Button isBusy={isBusy} onClick={() => run(corroborate)}>{text("concern.also")}</Button>
        )}
        <Button kind="danger" onClick={() => setCalling(true)}>{text("concern.called")}</Button>
        <OwnOrCoordinator place={place} message={message} />
      </Actions>
      {isCalling && <Called place={place} to={ref} onClose={() => setCalling(false)} />}
    </>
  );
}

/** First the telephone, then the neighbours. */
function Called({ place, to, onClose }: { place: Place; to: Ref; onClose: () => void }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { text: common } = useCommon();
  const { isBusy, run } = useSending();
  const tell = async (): Promise<void> => {
    const posted = client.command("post", { group: place.group, kind: "called_112", ref: to });
    onClose();
    await posted;
  };
  return (
    <Dialog heading={text("called.heading")} onCancel={onClose}>
      <Paragraph>{text("called.first")}</Paragraph>
      <Actions>
        <ButtonLink kind="danger" href="tel:112">{text("called.call")}</ButtonLink>
      </Actions>
      <Paragraph>{text("called.then")}</Paragraph>
      <Actions>
        <Button isBusy={isBusy} onClick={() => run(tell)}>{text("called.done")}</Button>
        <Button kind="secondary" onClick={onClose}>{common("page.cancel")}</Button>
      </Actions>
    </Dialog>
  );
}

function Comment({ place, to }: { place: Place; to: Ref }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useSending();
  const draft = useDraft(`comment ${to.event}`, { community: community.community });
  const { isReady, keeper } = draft;
  const value = draft.fields["words"] ?? "";
  const send = (): Promise<void> => {
    const posted = keeper.send(async (kept) => {
      await client.command("post", { group: place.group, kind: "comment", ref: to, text: value.trim(), kept });
    });
    keeper.clear();
    return posted;
  };
  return (
    <>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <GivenBack draft={draft} />
      <Form
        submit={text("concern.commentDone")}
        isBusy={isBusy || !isReady}
        check={() => ({ comment: required(value) ?? notLonger(value, TEXT_MAX) })}
        onSubmit={() => run(send)}
      >
        {(errorOf) => (
          <TextArea
            id="comment"
            label={text("concern.comment")}
            hint={text("concern.commentHint")}
            error={errorOf("comment")}
            maxLength={TEXT_MAX}
            value={value}
            onInput={(words) => keeper.change({ words })}
          />
        )}
      </Form>
      <KeptLine draft={draft} />
    </>
  );
}
