/* Invitations: making one, giving it on paper or screen, taking it back. */
import { useState } from "preact/hooks";

import type { Invitation } from "../../src/core/commands.ts";
import type { Fault } from "../../src/form/validate.ts";
import { dateOf } from "../../src/i18n/dates.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion, useRoute, useSending } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { Select, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Qr } from "../components/Qr.tsx";
import { Table } from "../components/Table.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useNeighbourhood } from "../resident/neighbourhood.tsx";
import { useCommon } from "../texts.tsx";

const HOURS = { day: 24, week: 168, month: 720 } as const;
type Span = keyof typeof HOURS;
const USES_MAX = 100;

const usesFault = (uses: string): Fault | undefined =>
  /^\d{1,3}$/.test(uses) && Number(uses) >= 1 && Number(uses) <= USES_MAX ? undefined : { key: "form.wrong" };

export function Invitations(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { isBusy, error, run } = useAction();
  const [uses, setUses] = useState("1");
  const [span, setSpan] = useState<Span>("week");
  const make = async (): Promise<void> => {
    const { link, until } = await client.command("invite", {
      community: community.community, uses: Number(uses), hours: HOURS[span],
    });
    router.go("invitation", { link, until: String(until) });
  };
  return (
    <Frame heading={text("invite.heading")}>
      <Paragraph>{text("invite.intro")}</Paragraph>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text("invite.done")}
        isBusy={isBusy}
        check={() => ({ uses: usesFault(uses) })}
        onSubmit={() => run(make)}
      >
        {(errorOf) => (
          <>
            <TextField
              id="uses"
              isNumeric
              label={text("invite.uses")}
              hint={text("invite.usesHint")}
              error={errorOf("uses")}
              value={uses}
              onInput={setUses}
            />
            <Select
              id="hours"
              label={text("invite.hours")}
              options={(["day", "week", "month"] as const).map((value) => ({ value, label: text(`invite.${value}`) }))}
              value={span}
              onChange={(value) => setSpan(value as Span)}
            />
          </>
        )}
      </Form>
      <Made />
    </Frame>
  );
}

function Made(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("invitations", { community: community.community });
  const { isBusy, error, run } = useSending();
  const revoke = async (key: string): Promise<void> => {
    await client.command("revoke_invite", { community: community.community, key });
  };
  const newestFirst = [...(answer?.invitations ?? [])].sort((a, b) => b.until - a.until);
  const cells = ({ key, until, used, uses, state }: Invitation): preact.ComponentChildren[] => [
    dateOf(until, language),
    text("invite.usedOf", { used, uses }),
    text(`invite.state.${state}`),
    state === "open"
      ? <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => revoke(key))}>{text("invite.revoke")}</Button>
      : "",
  ];
  return (
    <section>
      <Heading level={2}>{text("invite.list")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {newestFirst.length === 0
        ? <Paragraph>{text("invite.none")}</Paragraph>
        : (
          <Table
            caption={text("invite.list")}
            columns={[text("invite.until"), text("invite.used"), text("invite.state"), text("invite.act")]}
            rows={newestFirst.map((each) => ({ id: each.key, cells: cells(each) }))}
          />
        )}
    </section>
  );
}

/** The link is a secret and in memory only: it cannot be shown again. */
export function InvitationPage(): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { community } = useNeighbourhood();
  const { params } = useRoute(router);
  const [address, setAddress] = useState("");
  const link = params?.link;
  if (link === undefined) {
    return (
      <Frame heading={text("letter.heading")}>
        <Notice kind="info">{text("letter.gone")}</Notice>
        <Actions>
          <Button onClick={() => router.replace("invitations")}>{text("invite.done")}</Button>
        </Actions>
      </Frame>
    );
  }
  return (
    <Frame heading={text("letter.heading")}>
      <div class="kring-screen">
        <Notice kind="info">{text("letter.once")}</Notice>
        <TextField
          id="address"
          label={text("letter.address")}
          hint={text("letter.addressHint")}
          value={address}
          onInput={setAddress}
        />
        <Actions>
          <Button onClick={() => window.print()}>{text("letter.print")}</Button>
          <CopyButton content={link} label={text("letter.copy")} copied={text("letter.copied")} />
        </Actions>
      </div>
      <section class="kring-letter">
        {address !== "" && <p class="kring-letter__address" dir="auto">{address}</p>}
        <Paragraph>{text("letter.dear")}</Paragraph>
        <Paragraph>{text("letter.text", { place: community.name })}</Paragraph>
        <Paragraph>{text("letter.how")}</Paragraph>
        <Qr content={link} label={text("letter.qr")} />
        <p class="kring-letter__link" dir="ltr" aria-label={text("letter.link")} role="group">{link}</p>
        <Paragraph>{text("letter.until", { date: dateOf(Number(params?.until), language) })}</Paragraph>
        <Paragraph>{text("letter.secret")}</Paragraph>
      </section>
    </Frame>
  );
}
