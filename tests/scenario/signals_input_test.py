#!/usr/bin/env python3
"""P9: every field of a signal's file written wrong, and a file that is none: a clear answer, and
nothing is sent.

signals_input_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street  # noqa: E402
from inboxes import Inbox, Reporter, signal  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

YEAR_2026_MS = 1767225600000
MISSING = object()

# field, values that are refused
WRONG = [
    ("kind", ["melding", "", 2, MISSING]),
    ("urgency", ["soon", 1, MISSING]),
    ("category", ["murder", 3, MISSING]),
    ("at_risk", ["child", ["everybody"], [1], MISSING]),
    ("ages", [4, ["four"], [-1], [255], [4.5], [4] * 17]),
    ("since", ["2026", {"precision": "day"}, {"precision": "second", "time": YEAR_2026_MS},
               {"precision": "day", "time": -1}, {"precision": "day", "time": 1, "zone": 2}]),
    ("how_often", ["always", 4]),
    ("danger_now", ["maybe", True, "yes", MISSING]),  # yes: another urgency
    ("weapons", ["maybe", 1, MISSING]),
    ("family_knows", ["maybe", False, MISSING]),
    ("street", ["a\nb", 12, "x" * 101]),
    ("number", [0, -1, 100000, 1.5, "twaalf", True]),
    ("addition", ["12345678901", 4]),
    ("postcode", ["0234AB", "1234", "1234SS", "12345A", 1234]),
    ("town", ["a\nb", 5, "x" * 101]),
    ("seen", ["", 5, "x" * 4001, "bel\u0007", MISSING]),
    ("who", [5, "x" * 1001]),
    ("tried", [[], "x" * 1001]),
    ("reach", ["phone", 1, MISSING]),
    ("reach_when", [5, "x" * 301]),
    ("origin", ["church", 1, MISSING]),
    ("excluded", ["x", ["x"], [5], ["A" * 43] * 9]),
    ("language", [5, "x" * 17]),
    ("severity", [3]),  # no such field
]

NO_FILES = [
    ("empty", ""), ("no JSON", "{"), ("a list", "[]"), ("no signal", "{}"),
    ("a signal that is a text", '{"signal":"help"}'),
    ("something besides", json.dumps(dict(signal(), account="x"))),
    ("an identity that is a text", json.dumps(dict(signal(), identity="Jan"))),
    ("an identity with another field", json.dumps(dict(signal(kind="named"),
                                                       identity={"bsn": "1"}))),
    ("a name of too many bytes", json.dumps(dict(signal(kind="named"),
                                                 identity={"name": "x" * 101}))),
]


def refused(tap, name, reporter, inbox, text):
    """An error by code and sentence, as JSON; as text on stderr; and neither succeeds."""
    file = reporter.street.file("signal.json", text)
    ran = reporter.run("--json", "signal", "--inbox", inbox.poster, "--from", file)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    tap.check(f"p9: {name}", ran.returncode in (1, 2) and lines and "error" in lines[-1]
              and lines[-1].get("text"), (ran.returncode, ran.stdout, ran.stderr))


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        inbox = Inbox(street, street.person("Wim"), "Wijkagent")
        reporter = Reporter(street)
        for field, values in WRONG:
            for value in values:
                draft = signal()
                if value is MISSING:
                    del draft["signal"][field]
                else:
                    draft["signal"][field] = value
                shown = "left out" if value is MISSING else json.dumps(value)[:40]
                refused(tap, f"{field}: {shown}", reporter, inbox, json.dumps(draft))
        for name, text in NO_FILES:
            refused(tap, name, reporter, inbox, text)
        tap.equal("nothing of it was sent", inbox.owner.ask("cases", "--show", "all")["cases"], [])
        reporter.send(inbox, signal(since={"precision": "day", "time": YEAR_2026_MS}))
        tap.equal("what is right is", len(inbox.owner.ask("cases")["cases"]), 1)
    tap.finish()


main()
