#!/usr/bin/env python3
"""Inboxes and cases at a running kringd, by a client that was written from the pages alone:
P4, P6, P7, P8, erasure, guesses at receipts, backup."""
import json
import re
import subprocess
import sys

import cases
from cases import Case, Inbox, Refused, Session, b64, sha, unb64
from kringd import NO_QUOTA, WAIT_S, Relay, Tap, running
from websocket import Closed

SETTINGS = NO_QUOTA + '\nlog_level = "debug"\nmetrics { port = 0 }\n'
CANARY = b"canary of a signal "
GUESSES_MAX = 1000


def control(kringctl, relay, *words):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", *words],
                         capture_output=True, text=True, timeout=120)
    return json.loads(run.stdout or run.stderr)


def create(kringctl, relay, inbox):
    session = Session(relay.port).auth(inbox.device)
    code = control(kringctl, relay, "grant", "inbox")["code"]
    session.ask("inbox.create", inbox.record, event=b64(sha(inbox.id)[:16]), grant=code)
    return session


def make_inboxes(kringctl, relay):
    """One where nobody is in time, its fallback, and one that keeps nothing once it was read."""
    session = Session(relay.port)
    key = unb64(session.hello["relay_key"])
    session.shut()
    fallback = Inbox(key, 1)
    slow = Inbox(key, 2, fallback=fallback, acknowledge_s=1)
    short = Inbox(key, 3, retention_s=1)
    return key, [(inbox, create(kringctl, relay, inbox)) for inbox in (fallback, slow, short)]


def of_type(name):
    return lambda message: message.get("verb") == "event" and message["type"] == name


def stored(relay):
    return b"".join(path.read_bytes() for path in (relay.root / "state").iterdir())


def story(tap, relay, key, owner, professional):
    """From submission to an answer that another machine reads."""
    case = Case(sha(b"story"))
    reporter = Session(relay.port)
    professional.subscribe(owner.topic, after=1)
    answer, word = case.submit(reporter, owner, noise=CANARY)
    word = cases.check_word(word, key)
    tap.equal("p7_the_arrival_is_signed",
              (word["kind"], word["case"], word["hash"], word["until"]),
              (1, case.id, unb64(answer["hash"]), answer["until"]))
    told, _ = professional.wait_for(of_type("case_event"))
    tap.equal("the team hears of it, and from nobody", (told["case"], told.get("author")),
              (b64(case.id), None))
    professional.subscribe(case.topic)
    event, _ = professional.wait_for(of_type("submitted"))
    tap.check("p8_a_signal_has_no_author", "author" not in event, event)
    reporter.shut()
    case.append(professional, case.act(cases.ACKNOWLEDGED, owner, owner))
    stale = case.seen
    case.append(professional, case.act(cases.QUESTION, owner, owner))
    case.seen, stale = stale, case.seen
    try:
        case.append(professional, case.act(cases.FOLLOW_UP, owner, owner))
        tap.check("p6_a_stale_act_is_refused", False)
    except Refused as refused:
        tap.equal("p6_a_stale_act_is_refused", (refused.code, refused.answer["seq"]),
                  ("rev_past", stale[0]))
    case.seen = stale
    elsewhere = Session(relay.port)
    tap.equal("another machine comes back", case.open(elsewhere)["seq"], 3)
    elsewhere.subscribe(case.topic, after=1)
    names = [elsewhere.wait_for(lambda m: m.get("verb") == "event")[0]["type"] for _ in range(2)]
    tap.equal("and reads", names, ["acknowledged", "question"])
    _, wraps = elsewhere.ask("case.keys", topic=case.topic, after=0)
    tap.equal("with the wraps of both", len(wraps), 2 * 90)
    case.append(elsewhere, case.event(
        cases.ANSWER, case.receipt, envelopes=[(cases.WORDS, 1024)],
        recipients=[(0, cases.PARTY, owner.id)]))
    tap.check("and answers", "author" not in professional.wait_for(of_type("answer"))[0])
    return case


def overdue(tap, relay, key, inboxes):
    """Nobody speaks: the fallback is let in, by the relay's own word."""
    (fallback, waiting), (slow, _), _ = inboxes
    case = Case(sha(b"overdue"))
    reporter = Session(relay.port)
    waiting.subscribe(fallback.topic, after=1)
    case.submit(reporter, slow, fallback)
    reporter.subscribe(case.topic, after=1)
    event, body = reporter.wait_for(of_type("overdue"))
    word = cases.check_word(body, key)
    tap.equal("p7_the_relay_says_that_it_is_overdue",
              (word["kind"], word["inbox"], word["seq"], word["hash"], event["until"]),
              (2, fallback.id, 1, case.seen[1], word["until"]))
    case.saw(event)
    waiting.wait_for(of_type("case_event"))
    answer, wraps = waiting.ask("case.keys", topic=case.topic, after=0, inbox=b64(fallback.id))
    tap.equal("p4_its_wraps_are_released", (len(wraps), answer["more"]), (2 * 90, False))
    case.append(waiting, case.act(cases.ACCEPTED, fallback, slow, joined=[fallback]))
    tap.equal("p6_it_takes_over, and the reporter sees it",
              reporter.wait_for(of_type("handover_accepted"))[0]["seq"], 3)


def no_trace(tap, relay, owner):
    """What anybody may read is the same, byte for byte, whether somebody sends a signal or not."""
    outsider = Session(relay.port)

    def look():
        answers = [outsider.ask("inbox.read", topic=owner.topic, **fields)
                   for fields in ({}, {"after": 0}, {"after": 1})]
        events = list(outsider.events)
        outsider.events.clear()
        return [dict(answer, re=0) for answer, _ in answers], events

    before = look()
    case = Case(sha(b"trace"))
    reporter = Session(relay.port)
    case.submit(reporter, owner)
    tap.equal("p8_nobody_outside_sees_a_signal", look(), before)
    stranger = Session(relay.port).auth(cases.Key(sha(b"stranger")))
    incarnation = stranger.hello["incarnation"]
    topics = [case.topic, "w." + b64(case.id), owner.topic,
              "n." + b64(sha(b"kring notes v1", case.id, owner.id)), "s." + b64(bytes(32))]
    tap.equal("p4_nothing_for_those_who_are_no_party",
              {stranger.code("topic.read", topic=t, after=0, incarnation=incarnation)
               for t in topics}, {"forbidden"})
    tap.equal("p8_a_named_connection_submits_nothing",
              stranger.code("case.submit", b"x", topic=case.topic, event=b64(bytes(16)),
                            wraps_len=0), "named")


def taken_in(tap, relay, owner, professional):
    """Who comes into the team hears of it on the connection that is there."""
    els, other, reporter = Session(relay.port), Session(relay.port), Session(relay.port)
    els.auth(cases.Key(sha(b"els")))
    other.auth(cases.Key(sha(b"other")))
    Case(sha(b"taken in")).submit(reporter, owner)
    owner.update(professional, els.key)
    told, _ = els.wait_for(lambda m: m.get("verb") == "begun")
    tap.equal("who is taken in is told the inbox, and nothing else", told,
              {"verb": "begun", "topic": owner.topic})
    tap.check("which account.topics names", owner.topic in els.ask("account.topics")[0]["topics"])
    els.subscribe(owner.topic)
    tap.equal("and the cases are there", [els.wait_for(of_type(name))[0]["type"] for name in (
        "inbox_set", "case_event")], ["inbox_set", "case_event"])
    owner.update(professional)
    tap.equal("who is dropped is told too", els.wait_for(
        lambda m: m.get("verb") == "ended")[0]["topic"], owner.topic)
    for name, session in (("a stranger", other), ("a reporter", reporter)):
        session.ask("ping")
        tap.equal(f"p8_{name.split()[1]}_hears_nothing_of_a_team", [
            m for m, _ in session.events if m.get("verb") == "begun"], [])


def erasure(tap, kringctl, relay, short, professional):
    case = Case(sha(b"erased"))
    reporter = Session(relay.port)
    case.submit(reporter, short, noise=b"to be forgotten ")
    case.append(professional, case.act(cases.ACKNOWLEDGED, short, short))
    case.append(professional, case.act(cases.CLOSED, short, short))
    tap.check("it is in the store", b"to be forgotten to be" in stored(relay))
    case.append(reporter, case.event(cases.CLOSE_READ, case.receipt))
    reporter.subscribe(case.topic, after=4)
    reporter.wait_for(of_type("expired"))
    control(kringctl, relay, "retain")
    control(kringctl, relay, "compact")
    tap.check("what has expired is nowhere", b"to be forgotten" not in stored(relay))
    tap.check("other cases are where they were", CANARY in stored(relay))
    late = Session(relay.port)
    answer = case.open(late)
    tap.equal("its end stays to be seen", (answer["seq"], answer["trimmed"]), (5, 4))
    tap.equal("no list has it",
              professional.ask("inbox.cases", topic=short.topic)[0]["topics"], [])


def leaks(tap, kringctl, relay, accounts):
    journal = relay.log()
    tap.check("p4_the_journal_has_no_id", not re.search(r"[A-Za-z0-9_-]{43}", journal), journal)
    tap.check("p8_the_journal_has_no_address", not any(
        "127.0.0.1" in line and "listening" not in line for line in journal.splitlines()))
    metrics = relay.metrics()
    tap.check("metrics count cases", re.search(rb"cases_open [1-9]", metrics), metrics)
    tap.check("p4_and_say_nothing_else of them", CANARY.strip() not in metrics
              and not any(b64(account).encode() in metrics for account in accounts))
    tap.check("the store verifies", control(kringctl, relay, "verify")["faults"] in (0, "0"))


def restored(tap, kringd, kringctl, relay, key, case):
    status = control(kringctl, relay, "status")
    tap.equal("status shows the relay's key", status["relay_key"], b64(key))
    control(kringctl, relay, "backup", "cases")
    with Relay(kringd, settings=NO_QUOTA) as second:
        run = subprocess.run([kringd, "--config", str(second.config), "--restore",
                              str(relay.root / "backup" / "cases")], capture_output=True,
                             text=True, timeout=WAIT_S)
        tap.equal("a backup is restored", run.returncode, 0)
        second.start()
        session = Session(second.port)
        tap.equal("with the relay's key", session.hello["relay_key"], b64(key))
        tap.equal("and the case", case.open(session)["seq"], case.seen[0])


def guesses(tap, kringd):
    """At the limits that hold unless others are set."""
    with running(kringd) as relay:
        codes = []
        while "quota" not in codes and len(codes) < GUESSES_MAX:
            session = Session(relay.port)
            try:
                Case(sha(b"guess", bytes([len(codes) % 256]))).open(session)
            except Refused as refused:
                codes.append(refused.code)
                if refused.code == "auth_failed":
                    try:
                        session.receive()
                    except Closed as closed:
                        codes[-1] += f" {closed.code}"
            session.shut()
    allowed = codes.count("auth_failed 4001")
    # At once 30; meanwhile one a second more.
    tap.check("a wrong receipt ends its connection, and soon its address",
              allowed >= 30 and codes[allowed:] == ["quota"], codes)
    print(f"#: {allowed} guesses at once from one address, then one a second")


def main(kringd, kringctl):
    tap = Tap()
    with running(kringd, settings=SETTINGS) as relay:
        key, inboxes = make_inboxes(kringctl, relay)
        (fallback, calm), _, (short, professional) = inboxes
        case = story(tap, relay, key, fallback, calm)
        overdue(tap, relay, key, inboxes)
        no_trace(tap, relay, fallback)
        taken_in(tap, relay, fallback, calm)
        erasure(tap, kringctl, relay, short, professional)
        leaks(tap, kringctl, relay, [session.account for _, session in inboxes])
        restored(tap, kringd, kringctl, relay, key, case)
        tap.equal("it ends well", relay.stop(), 0)
    guesses(tap, kringd)
    tap.finish()


main(*sys.argv[1:])
