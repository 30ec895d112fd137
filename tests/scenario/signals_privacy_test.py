#!/usr/bin/env python3
"""P8: a signal leaves no trace: not with neighbours, not on the telephone, and with the relay none
that leads to an account. P4: the relay holds nothing of what is said, nor any name.

signals_privacy_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import base64
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from between import Between, Lie  # noqa: E402
from cli import Person, Street, environment, say_names, settle  # noqa: E402
from inboxes import Inbox, Reporter, operator, signal, wait_until  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

SETTINGS = NO_QUOTA + '\nlog_level = "debug"\n'
WINDOW_S = 2
# Other at each connection, whatever happens.
FRESH = ("challenge", "time")


class Recording(Lie):
    """The truth; keeps what a client is sent, in order."""

    def __init__(self, kept):
        self.kept = kept

    def to_client(self, message):
        self.kept.append(message)
        return [message]


def steady(messages):
    """But for what is other at each connection."""
    return [({k: v for k, v in answer.items() if k not in FRESH}, body)
            for answer, body in messages]


def canary(where):
    return f"kanarie-{where}-zingt"


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def files(directory):
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in Path(directory).rglob("*") if path.is_file()}


@contextlib.contextmanager
def following(person):
    """While they are connected, and have caught up with what was before."""
    process = subprocess.Popen(person.command("follow"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env=environment())
    try:
        next(line for line in process.stderr if "Waiting for what comes in" in line)
        yield
    finally:
        process.terminate()
        process.communicate()


def events(messages):
    return [message for message, _ in messages if message.get("verb") == "event"]


def member_sends(street, jan, inbox):
    """A signal by the name of an inbox; the digits and the case."""
    file = street.file("jan.json", json.dumps(signal(
        origin="community", seen=canary("gezien"), who=canary("wie"), tried=canary("geprobeerd"),
        street=canary("straat"), town=canary("plaats"), reach_when=canary("wanneer"))))
    ran = jan.run("--json", "--community", "De Linden", "signal", "--to", inbox.name, "--from",
                  file)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return Reporter(street, receipt=lines[0]["receipt"]), lines[1]["case"]


def seen_by_a_neighbour(tap, street, bea, kept, act):
    """What Bea, connected, is sent while act happens and while nothing does, and what she gets
    when she comes back after each."""
    windows, returns = [], []
    with following(bea):
        for happens in (lambda: None, act):
            start = len(kept)
            result = happens()
            time.sleep(WINDOW_S)
            windows.append(steady(kept[start:]))
    tap.equal("p8: a neighbour who is connected is sent nothing", windows[1], windows[0])
    for _ in range(2):
        start = len(kept)
        bea.ask("sync", code=None)
        returns.append(steady(kept[start:]))
    tap.check("the recording has something", len(returns[0]) > 1, returns)
    return result, returns


def answers_of(person):
    """All that a member can ask, but for the time of the answer."""
    return {" ".join(words): person.ask("--offline", *words, code=None) for words in (
        ("communities",), ("members",), ("groups",), ("feed", "--show", "all"), ("inboxes",),
        ("log",), ("status",), ("export",))}


def no_trace(tap, street, inbox, jan, bea, kept):
    bea.ask("sync", code=None)
    start = len(kept)
    bea.ask("sync", code=None)
    before = steady(kept[start:])
    shown, stored = answers_of(bea), files(jan.keystore)
    account = raw(jan.ask("--offline", "status", code=None)["account"])
    operator(street, "backup", "before")

    def act():
        reporter, case = member_sends(street, jan, inbox)
        return reporter, case

    (reporter, case), returns = seen_by_a_neighbour(tap, street, bea, kept, act)
    tap.equal("p8: when she comes back, byte for byte what there was", returns, [before, before])
    tap.equal("p8: nothing that she can ask is another", answers_of(bea), shown)
    tap.equal("p8: the reporter's keystore is what it was", files(jan.keystore), stored)
    operator(street, "backup", "after")
    return reporter, case, account


def everything(path):
    """Of a file, or of all in a directory."""
    path = Path(path)
    return path.read_bytes() if path.is_file() else b"".join(
        file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file())


def no_account(tap, street, relay, case, account):
    """What the relay keeps has the case, and the account as often as before it."""
    before, after = (everything(relay.root / "backup" / name) for name in ("before", "after"))
    tap.check("the store has the case, and the search finds it",
              raw(case) not in before and raw(case) in after)
    tap.check("and the account, of the member", before.count(account) > 0, len(before))
    tap.equal("p8: the case adds no mention of it", after.count(account), before.count(account))
    ids = case, base64.urlsafe_b64encode(account).decode()[:43]
    tap.check("p8: the journal has neither", not any(i in relay.log() for i in ids))
    for word in ("status", "statistics"):
        text = json.dumps(operator(street, word))
        tap.check(f"p8: nor has kringctl {word}", not any(i in text for i in ids), text)


def memory(pid):
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, permissions = line.split()[:2]
            start, end = (int(number, 16) for number in span.split("-"))
            if not permissions.startswith("rw") or end - start > 1 << 28:
                continue
            try:
                mem.seek(start)
                found.append(mem.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(found)


def unreadable(tap, street, relay, inbox, reporter, case):
    """P4: everything that anybody has said or is called."""
    wim = inbox.owner
    wim.ask("case", "acknowledge", case, canary("ontvangst"))
    wim.ask("case", "ask", case, canary("vraag"))
    reporter.back("--answer", say=canary("antwoord"))
    wim.ask("case", "note", case, canary("notitie"))
    named = Reporter(street)
    named.send(inbox, dict(
        signal(kind="named", reach="identity", seen=canary("gezien")),
        identity={"name": canary("naam"), "contact": canary("contact")}))
    wim.ask("case", "close", case, "help_started", canary("slotwoord"))
    told = reporter.back()
    known = json.dumps([wim.ask("case", case), told, wim.ask("inbox", "show")])
    tap.check("those who may read it do", all(
        canary(where) in known for where in ("gezien", "vraag", "antwoord", "notitie", "over",
                                             "slotwoord")), known)
    operator(street, "backup", "last")
    needle = b"kanarie-"
    places = {"store": everything(relay.root / "state"), "backup": everything(
        relay.root / "backup"), "journal": relay.log().encode()}
    if os.geteuid() == 0:
        places["memory"] = memory(relay.process.pid)
        tap.check("the search finds what is there", b"relay.test" in places["memory"])
    else:
        tap.skip("memory", "needs root")
    for place, data in places.items():
        tap.check(f"p4: nothing of it is in the relay's {place}", needle not in data,
                  data[max(0, data.find(needle) - 40):data.find(needle) + 40])


@contextlib.contextmanager
def neighbourhood(programs, kept):
    """A community of three that trusts an inbox; what the third is sent is kept."""
    kring, kringd, kringctl, cheap = programs
    with Relay(kringd, settings=SETTINGS) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street, \
            Between(relay.port, lambda: Recording(kept)) as recorder:
        fatma = Inbox(street, street.person("Fatma"), "Veilig Thuis")
        inbox = Inbox(street, street.person(canary("Wim")), "Wijkagent", fallback=fatma,
                      about=canary("over"))
        anna = street.founder("Anna")
        jan, = street.neighbours(anna, "Jan")
        say_names(anna, jan)  # else it is luck how often she says hers
        bea = Person(street.kring, street.directory, "Bea", recorder, street.cheap)
        bea.join(anna.ask("invite")["link"])
        anna.ask("admit", "Bea")
        settle(bea, anna, bea, jan, rounds=1)
        anna.ask("trust-inbox", inbox.link.split("#2.")[1].split(".")[0], inbox.name)
        settle(jan, bea, anna, bea, jan, rounds=1)
        say_names(anna, jan, bea)
        yield relay, street, inbox, anna, jan, bea


# ---- Two runs --------------------------------------------------------------------------------

ID = re.compile(r"(?<![\w-])(?:[\w-]{86}|[\w-]{43}|[\w-]{22})(?![\w-])", re.ASCII)
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
FINGERPRINT = re.compile(r"\d{5}( \d{5})+")
A_TIME = 1_000_000_000_000


class Shape:
    """What two runs of the same have in common: who is who by the order in which they are
    named, and that there is a time, not which."""

    def __init__(self):
        self.names = {}

    def of(self, value):
        if isinstance(value, dict):
            return {key: self.of(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.of(each) for each in value]
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        if isinstance(value, str):
            value = FINGERPRINT.sub("digits", PORT.sub("port", value))
            return ID.sub(lambda id: f"#{self.names.setdefault(id[0], len(self.names))}", value)
        if isinstance(value, int) and not isinstance(value, bool) and value > A_TIME:
            return "a time"
        return value


def live(programs, sends):
    """An hour in the street, in which Jan sends a signal and is answered, or does nothing. What
    Bea is sent meanwhile and when she comes back, and all that she can ask."""
    kept = []
    with neighbourhood(programs, kept) as (_, street, inbox, anna, jan, bea):
        settle(bea, rounds=1)
        kept.clear()
        with following(bea):
            anna.ask("chat", "Wie heeft een ladder?")
            if sends:
                reporter, case = member_sends(street, jan, inbox)
                inbox.owner.ask("case", "acknowledge", case, "Gelezen.")
                reporter.back("--answer", say="Dank u.")
                inbox.owner.ask("case", "close", case, "help_started", "Er is hulp.")
            jan.ask("chat", "Ik, kom maar langs.")
            anna.ask("concern", "--category", "child", "Ik hoor huilen.")
            wait_until(lambda: len(events(kept)), lambda number: number >= 3)
        while_there = list(kept)
        kept.clear()
        bea.ask("sync", code=None)
        shape, shown = Shape(), answers_of(bea)
        return shape.of(while_there), shape.of(kept), shape.of(shown)


def two_runs(tap, programs):
    """Not one message more, less, longer or in another order; no number and no list another."""
    with ThreadPoolExecutor() as pool:
        quiet, eventful = pool.map(lambda sends: live(programs, sends), (False, True))
    tap.check("there is something to compare", len(events(quiet[0])) >= 3, quiet[0])
    for name, without, with_it in zip(
            ("what a neighbour is sent while a signal is sent and answered",
             "what she is sent when she comes back", "what she can ask"), quiet, eventful):
        tap.equal(f"p8: of two runs, {name}, is the same", with_it, without)


def main():
    programs = sys.argv[1:5]
    tap = Tap()
    kept = []
    with neighbourhood(programs, kept) as (relay, street, inbox, _, jan, bea):
        reporter, case, account = no_trace(tap, street, inbox, jan, bea, kept)
        no_account(tap, street, relay, case, account)
        unreadable(tap, street, relay, inbox, reporter, case)
    two_runs(tap, programs)
    tap.finish()


main()
