/* The feed of concerns of a neighbourhood or a circle: apart from the chat, so that a worry is not
 * lost in it. */
import type { Message } from "../../src/core/commands.ts";
import { REPORTING } from "../app/reporting.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useQuestion } from "../client.tsx";
import { Actions, Button, ButtonLink, Link } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, useMarkRead } from "./Frame.tsx";
import { byTime, MessageView } from "./Message.tsx";
import { inPlace, type Place } from "./neighbourhood.tsx";
import { NewNotices } from "./Notices.tsx";
import { PlaceState } from "./PlaceState.tsx";
import { useFeed } from "./feed.ts";

export function Concerns({ place }: { place: Place }): preact.JSX.Element {
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { messages, hasMore, more, error } = useFeed(place.group, "concerns");
  const { answer: guidance } = useQuestion("guidance", { group: place.group });
  useMarkRead(place.group, Math.max(0, ...(messages ?? []).map(({ seq }) => seq)));
  const newestFirst = (messages ?? []).filter(stands).sort(byTime).reverse();
  return (
    <Frame heading={text("concerns.heading", { place: place.name })} place={place}>
      <PlaceState place={place} />
      {guidance?.guidance.filter(({ pinned }) => pinned).map((each) => (
        <Notice kind="info" key={each.time}>
          <Written>{each.text}</Written>
        </Notice>
      ))}
      {!place.isCircle && <NewNotices />}
      <Actions>
        <Button onClick={() => router.go("new-concern", inPlace(place))}>{text("concerns.new")}</Button>
        <ButtonLink kind="secondary" href="/melden" {...REPORTING}>{text("concerns.report")}</ButtonLink>
      </Actions>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      {messages !== undefined && newestFirst.length === 0 && <Paragraph>{text("concerns.none")}</Paragraph>}
      {newestFirst.map((message) => (
        <MessageView key={message.event} message={message} level={2}>
          <OpenLink place={place} message={message} />
        </MessageView>
      ))}
      {hasMore && (
        <Actions>
          <Button kind="secondary" onClick={more}>{text("concerns.more")}</Button>
        </Actions>
      )}
    </Frame>
  );
}

/** What was said to a concern stands in its thread; guidance, if a coordinator signed it, above the list. */
function stands(message: Message): boolean {
  switch (message.kind) {
    case "comment":
    case "corroboration":
    case "guidance":
      return false;
    case "called_112":
      return message.ref === undefined;
    default:
      return true;
  }
}

function OpenLink({ place, message }: { place: Place; message: Message }): preact.JSX.Element | null {
  const text = useAppTexts();
  const { author, event } = message;
  return message.pending ? null : (
    <p class="kring-message__open">
      <Link
        href="#concern"
        onClick={(click) => {
          click.preventDefault();
          router.go("concern", { ...inPlace(place), author, event });
        }}
      >
        {text("concerns.open")}
      </Link>
    </p>
  );
}
