#!/usr/bin/env python3
"""A relay that lies about a case, between kring and a real kringd: what is found out is found out
by name (CASES.md §12), by the reporter and by the professionals.

signals_lies_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from between import Between, Lie, encode  # noqa: E402
from cli import TIMEOUT_S, Person, Street, settle  # noqa: E402
from inboxes import Inbox, Reporter, said, signal  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402
from lies import (  # noqa: E402
    Answers, Records, Switch, Tail, at_type, flipped, hidden, invented, replayed, with_head)

LIE_S = str(TIMEOUT_S // 2)
OTHER = encode(b"\x05" * 32)
WRAP_BYTES = 80


class Events(Lie):
    """Other events of cases, under the true numbers and hashes."""

    def __init__(self, change):
        self.change = change

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") != "event" or answer["topic"][0] != "s":
            return [message]
        return self.change(answer, body)


def hour_later(event):
    return event["until"] + 3600 * 1000


def other_wrap(request, answer, body):
    return answer, flipped(body) if body else body


def no_wraps(request, answer, body):
    return answer, b"" if body else body


# What, the history that is shown from the acknowledgement on, and by what name it is found out.
HISTORIES = [
    ("an acknowledgement that is hidden", lambda: hidden("acknowledged"), "fork"),
    ("an old event in place of a new one", lambda: replayed("acknowledged", "question"), "fork"),
    ("a question that is hidden from one", lambda: hidden("question"), "fork"),
    ("a deadline that is put off", lambda: with_head("acknowledged", until=hour_later), "clock"),
    ("a deadline that is brought forward", lambda: with_head(
        "question", until=lambda event: event["until"] - 1000), "clock"),
    ("another inbox that acts", lambda: with_head("acknowledged", by=OTHER), "head"),
    ("an acceptance that nobody signed", lambda: invented(
        "question", "handover_accepted", fallback=encode(bytes(32))), "signature"),
    ("a close that nobody signed", lambda: invented("question", "closed"), "signature"),
    ("an overdue that the relay did not sign", lambda: invented(
        "question", "overdue", author=None, inbox=encode(bytes(32))), "relay_word"),
    ("words that were changed", lambda: at_type("acknowledged", lambda event, body: [
        (event, flipped(body, -100))]), "signature"),
]

# Found out without anything hashed anew.
STREAMS = [
    ("a changed event under the true hash", lambda: Events(at_type(
        "question", lambda event, body: [(event, flipped(body))])), "order"),
    ("another time under the true hash", lambda: Events(at_type(
        "acknowledged", lambda event, body: [(dict(event, time=event["time"] - 1), body)])),
     "order"),
]


def a_case(inbox, street, number):
    """Sent, acknowledged and asked, by those who are told the truth."""
    reporter = Reporter(street)
    case = reporter.send(inbox, signal(number=str(number), addition=None))["case"]
    return reporter, case


def speak(person, case):
    person.ask("case", "acknowledge", case, "Gezien.")
    person.ask("case", "ask", case, "Wanneer?")
    person.ask("case", "follow-up", case, "Wij gaan langs.")


def reporters(tap, street, inbox):
    """One case; at each return another lie."""
    reporter, case = a_case(inbox, street, 1)
    speak(inbox.owner, case)

    def lied_to(name, lie, expected):
        with Between(street.relay.port, lie) as relay:
            told = Reporter(street, relay=relay, receipt=reporter.receipt)
            state = told.back("--timeout", LIE_S, code=None)
        alarms = [alarm["name"] for alarm in state.get("alarms", [])]
        return tap.check(f"reporter, {name}: {expected}", expected in alarms, state), state

    for name, change, expected in HISTORIES:
        _, state = lied_to(name, lambda change=change: Tail(change(), {}), expected)
        tap.check(f"reporter, {name}: nothing after it is believed",
                  state.get("state") != "closed" and "Wij gaan langs." not in said(
                      {"timeline": state.get("timeline", [])}), state)
    for name, lie, expected in STREAMS:
        lied_to(name, lie, expected)
    # Whose record does not exist, either.
    lied_to("another owner", lambda: Tail(with_head("submitted", inbox=OTHER), {}), "record")
    lied_to("another fallback", lambda: Tail(with_head("submitted", fallback=OTHER), {}), "head")
    lied_to("a changed wrap", lambda: Answers("case.keys", other_wrap), "hash")
    lied_to("wraps that are kept back", lambda: Answers("case.keys", no_wraps), "withheld")
    lied_to("another relay's record", lambda: Records(lambda body: flipped(body, 200)),
            "signature")
    state = reporter.back()
    tap.equal("with the truth, no alarm", (state["alarms"], said(state)[-1]),
              ([], "Wij gaan langs."))


def senders(tap, street, inbox):
    """Before and while a signal is sent."""
    def send(lie, code):
        with Between(street.relay.port, lie) as relay:
            told = Reporter(street, relay=relay)
            answer = told.send(inbox, signal(), "--timeout", LIE_S, code=None)
        return tap.check(code, code in json.dumps(answer), answer)

    before = len(inbox.owner.ask("cases", "--show", "all")["cases"])
    send(lambda: Records(lambda body: flipped(body, 500)), "error")
    tap.equal("another sealing key: nothing is sent",
              len(inbox.owner.ask("cases", "--show", "all")["cases"]), before)
    send(lambda: Answers("case.submit", lambda request, answer, body: (
        answer, flipped(body))), "relay_word")


def professionals(tap, street, inbox, wim, switch):
    """A case for each lie: who was lied to once does not go on with it."""
    els = inbox.owner

    def lied_to(number, name, lie, expected):
        _, case = a_case(inbox, street, number)
        wim.ask("sync", code=None)
        before = wim.alarms()
        speak(els, case)
        switch.make = lie
        wim.run("--timeout", LIE_S, "sync")
        found = wim.alarms()
        for alarm in before:
            found.remove(alarm)
        tap.check(f"professional, {name}: {expected}", expected in found, found)
        seen = wim.ask("--offline", "case", case, code=None)
        tap.check(f"professional, {name}: nothing after it is believed", "Wij gaan langs." not in
                  json.dumps(seen) or expected == "wrap_changed", seen)
        switch.tell_truth()

    number = 10
    for name, change, expected in HISTORIES:
        lied_to(number, name, lambda change=change: Tail(change(), switch.seen),
                f"case_{expected}")
        number += 1
    lied_to(number, "a changed wrap", lambda: Answers("case.keys", other_wrap), "wrap_changed")
    tap.equal("who was told the truth sees no lie", els.alarms(), [])


class Early(Lie):
    """Hands the next wrap to who is offered the case, before it has accepted."""

    def __init__(self, wraps):
        self.wraps, self.asked = wraps, set()

    def to_relay(self, message):
        if message[0]["verb"] == "case.keys":
            self.asked.add(message[0]["id"])
        return [message]

    def to_client(self, message):
        answer, body = message
        if answer.get("re") in self.asked and answer.get("ok"):
            seq, index, wrap = self.wraps[-1]
            return [(dict(answer, next=seq), (body or b"") + struct.pack(">QH", seq, index)
                     + wrap)]
        return [message]


class Listening(Lie):
    """Keeps the wraps of what is appended: (seq, index, wrap) of the last but one recipient, who
    is the party that waits; the reporter is the last."""

    def __init__(self, wraps):
        self.wraps, self.waiting = wraps, {}

    def to_relay(self, message):
        request, body = message
        if request["verb"] == "case.append":
            num = request["wraps_len"] // WRAP_BYTES
            at = len(body) - 2 * WRAP_BYTES
            self.waiting[request["id"]] = (num - 2, body[at:at + WRAP_BYTES])
        return [message]

    def to_client(self, message):
        answer = message[0]
        if answer.get("re") in self.waiting and answer.get("ok"):
            self.wraps.append((answer["seq"], *self.waiting[answer["re"]]))
        return [message]


def too_early(tap, street, inbox, wim, switch, other, other_switch):
    """Who is offered a case is given what it may read after it has accepted."""
    _, case = a_case(inbox, street, 90)
    wraps = []
    switch.make = lambda: Listening(wraps)
    wim.ask("case", "acknowledge", case, "Gezien.")
    wim.ask("case", "hand-over", case, other.link, "Voor jullie.")
    wim.ask("case", "follow-up", case, "Nog niet voor jullie.")
    other_switch.make = lambda: Early(wraps)
    tom = other.owner
    tom.run("--timeout", LIE_S, "sync")
    seen = json.dumps(tom.ask("--offline", "case", case, code=None))
    tap.check("wraps that are given early: wrap_early", "wrap_early" in tom.alarms(),
              (tom.alarms(), wraps, seen))
    tap.check("and they open nothing", "Nog niet" not in seen, seen)
    other_switch.tell_truth()
    switch.tell_truth()


def behind(street, name):
    switch = Switch(street.relay.port)
    return Person(street.kring, street.directory, name, switch, street.cheap), switch


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        inbox = Inbox(street, street.person("Els"), "Wijkagent")
        wim, switch = behind(street, "Wim")
        inbox.add(wim)
        tom, other_switch = behind(street, "Tom")
        other = Inbox(street, tom, "Wijkteam")
        settle(wim, inbox.owner, rounds=1)
        senders(tap, street, inbox)
        reporters(tap, street, inbox)
        professionals(tap, street, inbox, wim, switch)
        too_early(tap, street, inbox, wim, switch, other, other_switch)
        switch.between.close()
        other_switch.between.close()
    tap.finish()


main()
