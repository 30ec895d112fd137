#!/usr/bin/env python3
"""P3: a member's client commits what some leaves can process and others cannot. It is voided
and everybody goes on; whoever it is too late for is healed.

garbage_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE HOSTILE_KRING
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, say_names, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def epochs(people):
    return [g["epoch"] for p in people for g in p.ask("groups", code=None)["groups"]]


def together(tap, name, people):
    settle(*people)
    tap.check(f"{name}: all are in one epoch", len(set(epochs(people))) == 1, epochs(people))
    for person in people:
        person.ask("chat", f"{name}, {person.name}")
    heard = [[t for t in p.texts() if t.startswith(name)] for p in people]
    tap.check(f"{name}: all hear all, once", all(
        sorted(texts) == sorted(f"{name}, {p.name}" for p in people) for texts in heard), heard)


def main():
    kring, kringd, kringctl, cheap, hostile = sys.argv[1:6]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        anna = street.founder("Anna")
        bram, cor, dirk = street.neighbours(anna, "Bram", "Cor", "Dirk")
        people = [anna, bram, cor, dirk]
        # A name that is still owed would be a post on the bad commit, and end the time in which
        # a member may void it.
        say_names(*people)
        before = epochs(people)
        bram.kring = hostile
        bram.ask("refresh")
        bram.ask("chat", "In het nieuwe tijdperk.")
        bram.kring = kring
        tap.equal("the relay took the commit", epochs([bram])[0], before[1] + 1)
        settle(cor, dirk, anna, bram, rounds=3)
        found = [p.name for p in people if "garbage_commit" in p.alarms()]
        tap.check("some can process it, others find it out", 0 < len(found) < 3, found)
        tap.check("what its author said after it is heard, once", all(
            p.texts().count("In het nieuwe tijdperk.") == 1 for p in people),
            [p.texts() for p in people])
        together(tap, "voided", people)

        bram.kring = hostile
        bram.ask("refresh", code=None)
        bram.kring = kring
        # Nobody but who can process it is online: it is history before the others see it.
        able = [p for p in (anna, cor, dirk) if p.name not in found]
        able[0].ask("chat", "Ik zag niets.")
        settle(*people, rounds=3)
        together(tap, "healed", people)
    tap.finish()


main()
