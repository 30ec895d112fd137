/* Circles: small groups of neighbours who trust each other. */
import { useState } from "preact/hooks";

import type { Group, Member } from "../../src/core/commands.ts";
import { chosen, notLonger, required } from "../../src/form/validate.ts";
import { router } from "../app/routes.ts";
import { useAppTexts } from "../app/texts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Checkboxes, Select, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, GoLink } from "./Frame.tsx";
import { NAME_MAX } from "./account.ts";
import { memberName } from "./Members.tsx";
import { inPlace, type Place, useNeighbourhood } from "./neighbourhood.tsx";

const isOpen = ({ main, state }: Group): boolean => !main && state !== "left" && state !== "removed";

export function Circles(): preact.JSX.Element {
  const text = useAppTexts();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("groups", { community: community.community });
  const circles = answer?.groups.filter(isOpen);
  return (
    <Frame heading={text("circles.heading")}>
      <Paragraph>{text("circles.intro")}</Paragraph>
      {circles?.length === 0 && <Paragraph>{text("circles.none")}</Paragraph>}
      <ul class="kring-list">
        {circles?.map(({ group, name, unread, state, members }) => (
          <li key={group}>
            <GoLink to="home" params={{ group }}>{text("circles.open", { name })}</GoLink>
            <br />
            {state === "making" ? text("circles.making") : text("community.people", { n: members })}
            {unread > 0 && ` · ${text("circles.unread", { n: unread })}`}
            {" · "}
            <GoLink to="circle" params={{ group }}>{text("circle.link")}</GoLink>
          </li>
        ))}
      </ul>
      <Actions>
        <Button onClick={() => router.go("new-circle")}>{text("circles.new")}</Button>
      </Actions>
    </Frame>
  );
}

export function NewCircle(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("members", { community: community.community });
  const { isBusy, error, run } = useAction();
  const [name, setName] = useState("");
  const [accounts, setAccounts] = useState<readonly string[]>([]);
  const others = (answer?.members ?? []).filter(({ me, in_group: isIn }) => !me && isIn);
  const make = async (): Promise<void> => {
    const { group } = await client.command("circle", {
      community: community.community, name: name.trim(), accounts: [...accounts],
    });
    router.replace("home", { group });
  };
  return (
    <Frame heading={text("circles.newHeading")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {isBusy && <Progress label={text("circles.making")} />}
      {answer !== undefined && others.length === 0 && <Notice kind="info">{text("circles.nobody")}</Notice>}
      <Form
        submit={text("circles.done")}
        isBusy={isBusy}
        check={() => ({ name: required(name) ?? notLonger(name, NAME_MAX), who: chosen(accounts) })}
        onSubmit={() => run(make)}
      >
        {(errorOf) => (
          <>
            <TextField
              id="name"
              label={text("circles.name")}
              hint={text("circles.nameHint")}
              error={errorOf("name")}
              value={name}
              onInput={setName}
            />
            <Checkboxes
              id="who"
              label={text("circles.who")}
              error={errorOf("who")}
              options={others.map((member) => ({ value: member.account, label: memberName(member, text) }))}
              values={accounts}
              onChange={setAccounts}
            />
          </>
        )}
      </Form>
    </Frame>
  );
}

/** Who is in a circle; its administrators change that. */
export function CirclePage({ place }: { place: Place }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { answer } = useQuestion("group_members", { group: place.group });
  const { isBusy, error, run } = useAction();
  const members = answer?.members ?? [];
  const remove = async (account: string): Promise<void> => {
    await client.command("circle_remove", { group: place.group, account });
  };
  return (
    <Frame heading={text("circle.members", { place: place.name })} place={place}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <ul class="kring-list">
        {members.map((member) => (
          <li key={member.account}>
            <strong dir="auto">{memberName(member, text)}</strong>
            {member.admin === true && ` · ${text("members.admin")}`}
            {place.isAdmin && !member.me && (
              <>
                <br />
                <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => remove(member.account))}>
                  {text("circle.remove", { name: memberName(member, text) })}
                </Button>
              </>
            )}
          </li>
        ))}
      </ul>
      <Actions>
        <Button onClick={() => router.go("home", inPlace(place))}>{text("circles.open", { name: place.name })}</Button>
      </Actions>
      {place.isAdmin && <Add place={place} members={members} />}
      <LeaveCircle place={place} />
    </Frame>
  );
}

function Add({ place, members }: { place: Place; members: readonly Member[] }): preact.JSX.Element | null {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { community } = useNeighbourhood();
  const { answer } = useQuestion("members", { community: community.community });
  const { isBusy, error, run } = useAction();
  const [picked, setPicked] = useState("");
  const inside = new Set(members.map((member) => member.account));
  const others = (answer?.members ?? []).filter((each) => !inside.has(each.account) && each.in_group);
  const account = others.some((each) => each.account === picked) ? picked : ""; // not who came in meanwhile
  return others.length === 0 ? null : (
    <section>
      <Heading level={2}>{text("circle.add")}</Heading>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      <Form
        submit={text("circle.addDone")}
        isBusy={isBusy}
        check={() => ({ account: chosen(account) })}
        onSubmit={() => run(async () => {
          await client.command("circle_add", { group: place.group, account });
        })}
      >
        {(errorOf) => (
          <Select
            id="account"
            label={text("circle.choose")}
            error={errorOf("account")}
            options={[
              { value: "", label: text("circle.choose") },
              ...others.map((each) => ({ value: each.account, label: memberName(each, text) })),
            ]}
            value={account}
            onChange={setPicked}
          />
        )}
      </Form>
    </section>
  );
}

function LeaveCircle({ place }: { place: Place }): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const [isAsking, setAsking] = useState(false);
  const leave = async (): Promise<void> => {
    await client.command("circle_leave", { group: place.group });
    router.go("circles");
  };
  return (
    <>
      <Actions>
        <Button kind="subtle" onClick={() => setAsking(true)}>{text("circle.leave")}</Button>
      </Actions>
      {isAsking && (
        <Confirm
          heading={text("circle.leave")}
          done={text("circle.leaveDone")}
          isDanger
          act={leave}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{text("circle.leaveSure")}</Paragraph>
        </Confirm>
      )}
    </>
  );
}
