/* A reporting page that was opened from here asks whether its user may be shown to be a neighbour. The user
 * answers here; an app that is locked has nobody to answer, and says so. What is asked is in memory until it
 * is answered, the page hangs up, or the app is locked. */
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import type { LeaveRequest, VouchAnswer, VouchRequest } from "../../src/client/vouching.ts";
import type { Community } from "../../src/core/commands.ts";
import { leaveTo } from "../browser.ts";
import { useClient, useQuestion, useTabState } from "../client.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Radios } from "../components/Fields.tsx";
import { Paragraph } from "../components/Text.tsx";
import { isMember } from "../resident/neighbourhood.tsx";
import { useAppTexts } from "./texts.ts";

interface Asking {
  readonly request: VouchRequest["vouch"];
  readonly port: MessagePort;
  readonly page: Window;
}

const isLeave = (data: unknown): data is LeaveRequest => typeof data === "object" && data !== null && "leave" in data;
const isRequest = (data: unknown): data is VouchRequest => typeof data === "object" && data !== null && "vouch" in data;

export function Vouch(): preact.JSX.Element | null {
  const { tab } = useTabState();
  const client = useClient();
  const [asking, setAsking] = useState<Asking | undefined>();
  const isOpen = tab === "leading" || tab === "following";

  useLayoutEffect(() => {
    const onMessage = ({ origin, source, data, ports: [port] }: MessageEvent<unknown>): void => {
      if (origin === location.origin && isLeave(data)) {
        void client.lock();
        leaveTo(data.leave, 0);
      } else if (origin === location.origin && port !== undefined && isRequest(data)) {
        port.onmessage = () => end(port);
        setAsking({ request: data.vouch, port, page: source as Window });
      }
    };
    addEventListener("message", onMessage);
    return () => removeEventListener("message", onMessage);
  }, []);

  const end = (port: MessagePort): void => {
    port.close();
    setAsking((now) => (now?.port === port ? undefined : now));
  };
  const answer = ({ port }: Asking, given: VouchAnswer): void => {
    port.postMessage(given);
    end(port);
  };

  useEffect(() => {
    if (asking !== undefined && !isOpen) {
      answer(asking, "locked");
    }
  }, [asking, isOpen]);

  return asking === undefined || !isOpen ? null
    : <Answer asking={asking} answer={(given) => answer(asking, given)} />;
}

interface AnswerProps {
  readonly asking: Asking;
  /** The first one counts. */
  readonly answer: (given: VouchAnswer) => void;
}

/** Who is in no neighbourhood has nothing to give. */
function Answer({ asking, answer }: AnswerProps): preact.JSX.Element | null {
  const { answer: asked, error } = useQuestion("communities", {});
  const own = error === undefined ? asked?.communities.filter(isMember) : [];
  useEffect(() => {
    if (own?.length === 0) {
      answer("none");
    }
  }, [own?.length]);
  return own === undefined || own.length === 0 ? null : <Question asking={asking} own={own} answer={answer} />;
}

function Question({ asking: { request, page }, own, answer }: AnswerProps & {
  own: readonly Community[];
}): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [chosen, choose] = useState(own[0]!.community);
  const { community, name } = own.find((each) => each.community === chosen) ?? own[0]!;
  const vouch = async (): Promise<void> => {
    const { case: id, event } = request;
    const { certificate, proof } = await client.command("vouch", { community, case: id, event });
    answer({ certificate, proof });
    page.focus(); // where the browser lets one tab lead to another
  };
  return (
    <Confirm heading={text("vouch.heading")} done={text("vouch.yes")} act={vouch} onClose={() => answer("none")}>
      <Paragraph>{text("vouch.text", { community: name })}</Paragraph>
      {own.length > 1 && (
        <Radios
          id="vouch"
          label={text("vouch.which")}
          options={own.map((each) => ({ value: each.community, label: each.name }))}
          value={community}
          onChange={choose}
        />
      )}
      <Paragraph>{text("vouch.quiet")}</Paragraph>
      <Paragraph>{text("vouch.otherwise")}</Paragraph>
    </Confirm>
  );
}
