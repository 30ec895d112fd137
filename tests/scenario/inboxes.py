"""Inboxes and reporters, on top of people: everything by the kring program alone."""
import copy
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from cli import TIMEOUT_S, Refused, environment, settle, url

URGENCIES = ("danger_now", "today", "this_week", "no_hurry")

SIGNAL = {
    "kind": "anonymous", "urgency": "this_week", "category": "violence",
    "at_risk": ["child"], "ages": [4, None], "how_often": "weekly", "danger_now": "no",
    "weapons": "unknown", "family_knows": "no", "street": "Lange Laan", "number": "12",
    "addition": "bis", "postcode": "1234 AB", "town": "Ons Dorp", "seen": "Ik hoor slaan.",
    "reach": "receipt", "origin": "poster", "language": "nl",
}


def signal(**changes):
    """A draft for kring signal --from; a field that is None is left out."""
    fields = dict(copy.deepcopy(SIGNAL), **changes)
    return {"signal": {name: value for name, value in fields.items() if value is not None}}


def settings(name, acknowledge=3600, follow_up=3600, fallback=None, **more):
    deadline = {"acknowledge": acknowledge, "follow_up": follow_up, "continuous": True}
    made = {"name": name, "about": f"Over {name}.", "call": "0800-2000",
            "deadlines": dict.fromkeys(URGENCIES, deadline), **more}
    if fallback is not None:
        made["fallback"] = fallback.link
    return made


def operator(street, *words):
    """What kringctl answers."""
    ran = subprocess.run([street.kringctl, "--socket", street.relay.control, "--json", *words],
                         capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return json.loads(ran.stdout)


class Inbox:
    """An inbox that person has made. link is what stands on its poster."""

    def __init__(self, street, person, name, **options):
        person.init()
        code = street.file(f"{name}.code", operator(street, "grant", "inbox")["code"])
        file = street.file(f"{name}.json", json.dumps(settings(name, **options)))
        made = person.ask("inbox", "new", file, code)
        self.street, self.owner, self.name = street, person, name
        self.id, self.recovery = made["inbox"], made["recovery"]
        self.link = person.ask("inbox", "show")["link"]
        self.poster = street.file(f"{name}.link", self.link)

    def add(self, person, *options):
        """A colleague."""
        person.init()
        card = self.street.file(f"{person.name}.card", person.ask("inbox", "card")["card"])
        self.owner.ask("inbox", "add", card, *options)
        settle(person, rounds=1)
        return person


class Reporter:
    """Somebody with 20 digits and nothing else. Each kring runs as on another machine: with a
    home of its own that was not there before, and is to stay empty."""

    def __init__(self, street, relay=None, receipt=None):
        self.street, self.relay = street, relay or street.relay
        self.kring = os.path.abspath(street.kring)
        self.receipt = receipt

    def run(self, *words, stdin="", language="C.UTF-8"):
        home = Path(tempfile.mkdtemp(prefix="home-", dir=self.street.directory))
        ran = subprocess.run(
            [self.kring, *words, "--url", url(self.relay), "--relay", "relay.test"], input=stdin,
            capture_output=True, text=True, timeout=TIMEOUT_S, cwd=home,
            env=environment(language, home))
        ran.left = sorted(str(path.relative_to(home)) for path in home.rglob("*"))
        return ran

    def ask(self, *words, stdin="", code=0):
        """All lines of the answer, as objects."""
        ran = self.run("--json", *words, stdin=stdin)
        if code is not None and ran.returncode != code:
            raise Refused(f"kring {' '.join(words)}: exit {ran.returncode}\n"
                          f"{ran.stdout}{ran.stderr[-3000:]}")
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def send(self, inbox, draft, *options, code=0):
        """The answer of a signal, and the digits kept."""
        file = self.street.file(f"signal-{id(self)}.json", json.dumps(draft))
        lines = self.ask("signal", "--inbox", inbox.poster, "--from", file, *options, code=code)
        self.receipt = next((x["receipt"] for x in lines if "receipt" in x), self.receipt)
        return lines[-1] if lines else {}

    def back(self, *options, say="", code=0):
        """The case as it stands after that."""
        lines = self.ask("return", *options, stdin=f"{self.receipt}\n{say}", code=code)
        return lines[-1] if lines else {}

    def text(self, *options, say="", language="C.UTF-8"):
        return self.run("return", *options, stdin=f"{self.receipt}\n{say}", language=language)


def types(case):
    return [event["type"] for event in case["timeline"]]


def said(case):
    """What anybody has said, in order."""
    return [event["text"] for event in case["timeline"] if "text" in event]


def wait_until(question, holds, seconds=120):
    """The first answer for which it holds; else the last one."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if holds(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.2)
