/* The cases of one's inboxes, the soonest clock first, kept up to date while one looks. */
import { useEffect, useRef, useState } from "preact/hooks";

import type { Id } from "../../src/core/content.ts";
import type { CaseRow } from "../../src/core/professional.ts";
import { dateOf, machineTime, momentOf } from "../../src/i18n/dates.ts";
import { clockState, spanOf } from "../../src/professional/clock.ts";
import { useOwnInboxes } from "../app/inboxes.tsx";
import { router } from "../app/routes.ts";
import { useQuestion } from "../client.tsx";
import { Select, TextField } from "../components/Fields.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useCommon } from "../texts.tsx";
import { type CaseFilter, SHOWS, useDesk, useNow } from "./desk.tsx";
import { NotificationSettings } from "./Notifications.tsx";
import { useProfessionalTexts } from "./texts.ts";
import { kindOf, stateOf, titleOf, useCaseWords } from "./words.ts";

export function Cases(): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common, textOfError } = useCommon();
  const { memory } = useDesk();
  const now = useNow();
  const [filter, setFilter] = useState<CaseFilter>(() => memory.filter ?? { show: "open", inbox: "", find: "" });
  const find = filter.find.trim();
  const { answer, error } = useQuestion("cases", {
    show: filter.show,
    ...(filter.inbox === "" ? {} : { inbox: filter.inbox }),
    ...(find === "" ? {} : { find }),
  });
  // One change may come before the one before it is on the screen.
  const change = (next: Partial<CaseFilter>): void =>
    setFilter((before) => {
      memory.filter = { ...before, ...next };
      return memory.filter;
    });
  return (
    <Frame heading={text("cases.heading")} isWide>
      {error !== undefined && <Notice kind="error">{textOfError(error)}</Notice>}
      <Filters filter={filter} onChange={change} />
      {answer === undefined
        ? error === undefined && <Progress label={common("page.loading")} />
        : (
          <>
            <Counts cases={answer.cases} now={now} />
            {answer.cases.length === 0
              ? <Paragraph>{text(find === "" ? `cases.none.${filter.show}` : "cases.none.find")}</Paragraph>
              : <List cases={lateFirst(answer.cases, now)} now={now} />}
          </>
        )}
      <NotificationSettings />
    </Frame>
  );
}

function Filters({ filter, onChange }: {
  filter: CaseFilter;
  onChange: (next: Partial<CaseFilter>) => void;
}): preact.JSX.Element {
  const text = useProfessionalTexts();
  const inboxes = useOwnInboxes();
  return (
    <form class="kring-filters" role="search" autocomplete="off" onSubmit={(event) => event.preventDefault()}>
      <Select
        id="show"
        label={text("cases.which")}
        options={SHOWS.map((value) => ({ value, label: text(`cases.show.${value}`) }))}
        value={filter.show}
        onChange={(show) => onChange({ show: show as CaseFilter["show"] })}
      />
      {inboxes.length > 1 && (
        <Select
          id="inbox"
          label={text("cases.inbox")}
          options={[
            { value: "", label: text("cases.allInboxes") },
            ...inboxes.map(({ inbox, name }) => ({ value: inbox, label: name })),
          ]}
          value={filter.inbox}
          onChange={(inbox) => onChange({ inbox })}
        />
      )}
      <TextField
        id="find"
        type="search"
        label={text("cases.find")}
        value={filter.find}
        onInput={(find) => onChange({ find })}
      />
    </form>
  );
}

/** Said aloud when it changes: that something came in. */
function Counts({ cases, now }: { cases: readonly CaseRow[]; now: number }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const unread = cases.filter((each) => each.unread > 0).length;
  const late = cases.filter((each) => isLate(each, now)).length;
  return (
    <p class="kring-counts" role="status">
      {[
        text("cases.count", { n: cases.length }),
        unread > 0 ? text("cases.unread", { n: unread }) : "",
        late > 0 ? text("cases.late", { n: late }) : "",
      ].filter((part) => part !== "").join(" · ")}
    </p>
  );
}

function isLate(row: CaseRow, now: number): boolean {
  const { kind } = clockState(row, now);
  return kind === "late" || kind === "again";
}

/** What is overdue has a new clock, and is what to begin with all the same. */
const lateFirst = (cases: readonly CaseRow[], now: number): readonly CaseRow[] =>
  [...cases].sort((a, b) => Number(isLate(b, now)) - Number(isLate(a, now)));

/** How many rows a key moves. */
const MOVES: { readonly [key: string]: number } = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/** Keys work while the focus is in the list, so that they get in nobody's way. */
function List({ cases, now }: { cases: readonly CaseRow[]; now: number }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { memory } = useDesk();
  const list = useRef<HTMLUListElement>(null);
  const links = (): HTMLAnchorElement[] => Array.from(list.current?.querySelectorAll("a") ?? []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = event.altKey || event.ctrlKey || event.metaKey ? undefined : MOVES[event.key];
    const all = links();
    const at = all.findIndex((link) => link === document.activeElement);
    if (move !== undefined && at >= 0) {
      event.preventDefault();
      all[Math.min(all.length - 1, Math.max(0, at + move))]?.focus();
    }
  };
  // Who comes back from a case goes on from it, unless a search was begun before the list came.
  useEffect(() => {
    const { lastCase } = memory;
    memory.lastCase = undefined;
    if (lastCase !== undefined && document.activeElement?.matches("input, select") !== true) {
      document.getElementById(rowId(lastCase))?.focus();
    }
  }, []);
  return (
    <>
      <p class="kring-cases__keys" id="cases-keys">{text("cases.keys")}</p>
      <ul class="kring-cases" ref={list} aria-describedby="cases-keys" onKeyDown={onKeyDown}>
        {cases.map((row) => <Row key={row.case} row={row} now={now} />)}
      </ul>
    </>
  );
}

const rowId = (id: Id): string => `case-${id}`;

function Row({ row, now }: { row: CaseRow; now: number }): preact.JSX.Element {
  const words = useCaseWords();
  const { text } = words;
  const isOpen = row.state === "new" || row.state === "open";
  const state = row.distrusted ? " kring-case--alert" : isOpen && isLate(row, now) ? " kring-case--late" : "";
  return (
    <li class={`kring-case${state}`}>
      <p class="kring-case__clock"><Clock row={row} now={now} /></p>
      <div class="kring-case__what">
        <p class="kring-case__title" dir="auto">
          <a
            id={rowId(row.case)}
            href="#case"
            onClick={(event) => {
              event.preventDefault();
              router.go("case", { case: row.case });
            }}
          >
            {titleOf(words, row)}
          </a>
        </p>
        <p class="kring-case__facts">
          {kindOf(words, row.kind)}
          {row.state === "new" && row.opened && <> · <strong>{stateOf(words, row)}</strong></>}
          {row.earlier > 0 && (
            <>
              {" · "}
              <strong>{text("row.earlier", { n: row.earlier })}</strong>
            </>
          )}
          {row.unread > 0 && <strong class="kring-tag kring-tag--new">{text("row.unread", { n: row.unread })}</strong>}
        </p>
      </div>
      <p class="kring-case__urgency"><Urgency row={row} /></p>
      <p class="kring-case__who">
        {row.distrusted ? <strong>{text("row.distrusted")}</strong> : text(`role.${row.role}`)}
        <br />
        {isOpen ? <Assigned row={row} /> : text(`state.${row.state}`)}
      </p>
    </li>
  );
}

/** How long there is left; the title says when exactly. */
export function Clock({ row, now }: {
  row: Pick<CaseRow, "until" | "overdue" | "last_time" | "state">;
  now: number;
}): preact.JSX.Element {
  const { text, language } = useCaseWords();
  const { kind, ms } = clockState(row, now);
  if (kind === "none" || row.until === undefined) {
    return row.state === "closed"
      ? <>{text("row.closed", { date: dateOf(row.last_time, language) })}</>
      : <>{text("clock.none")}</>;
  }
  const isLateNow = kind !== "left";
  return (
    <span class={isLateNow ? "kring-tag kring-tag--late" : "kring-tag"}>
      <time dateTime={machineTime(row.until)} title={momentOf(row.until, language)}>
        {text(`clock.${kind}`, { span: spanOf(ms, language) })}
      </time>
    </span>
  );
}

export function Urgency({ row }: { row: Pick<CaseRow, "urgency"> }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const isHigh = row.urgency === "danger_now" || row.urgency === "today";
  return (
    <span class={isHigh ? "kring-tag kring-tag--high" : "kring-tag"}>{text(`urgency.${row.urgency}`)}</span>
  );
}

/** Who of the team works on it. */
export function Assigned({ row }: { row: Pick<CaseRow, "inbox" | "assigned"> }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { teams } = useDesk();
  if (row.assigned === undefined) {
    return <>{text("row.unassigned")}</>;
  }
  const member = teams.get(row.inbox ?? "")?.find(({ account }) => account === row.assigned);
  return (
    <span dir="auto">
      {member?.me === true ? text("row.mine") : text("row.assigned", { name: member?.name || text("row.nameless") })}
    </span>
  );
}
