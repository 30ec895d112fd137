#!/usr/bin/env python3
"""P1, P6 and P7 of cases: kringd is killed at random instants around signals, acknowledgements and
deadlines.

After every kill: each signal and each act that was acknowledged is there, under its number, with
its running hash; every case has one owner, and each that nobody answered is said to be overdue
once. KRING_TEST_LONG makes it 100 rounds; KRING_TEST_SEED repeats a run's instants.
"""
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "protocol"))
import cases  # noqa: E402
from cases import Case, Inbox, Refused, Session, b64, sha, unb64  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402
from websocket import Closed  # noqa: E402

ROUNDS = 12
ROUNDS_LONG = 100
WAIT_S = 120
GONE = (Closed, OSError, RuntimeError, struct.error)


def control(kringctl, relay, *words):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", *words],
                         capture_output=True, text=True, timeout=WAIT_S, check=True)
    return json.loads(run.stdout)


def make_inboxes(kringctl, relay):
    """Who is asked has a second; who comes after it has months, so that it is overdue once."""
    key = unb64(control(kringctl, relay, "status")["relay_key"])
    fallback = Inbox(key, 1)
    owner = Inbox(key, 2, fallback=fallback, acknowledge_s=1)
    for inbox in (fallback, owner):
        session = Session(relay.port).auth(inbox.device)
        session.ask("inbox.create", inbox.record, event=b64(sha(inbox.id)[:16]),
                    grant=control(kringctl, relay, "grant", "inbox")["code"])
        session.shut()
    return owner, fallback


class Load(threading.Thread):
    """Signals one after the other, every other one acknowledged, until the relay is gone."""

    def __init__(self, port, inboxes, round_number):
        super().__init__()
        self.port = port
        self.owner, self.fallback = inboxes
        self.name_of = f"{round_number}/".encode()
        self.sure = []  # (case, seq, hash) that were acknowledged
        self.fault = None

    def run(self):
        try:
            professional = Session(self.port).auth(self.owner.device)
            for i in range(1 << 20):
                case = Case(sha(self.name_of, str(i).encode()))
                reporter = Session(self.port)
                case.submit(reporter, self.owner, self.fallback)
                self.sure.append((case, *case.seen))
                reporter.shut()
                if i % 2:
                    case.append(professional, case.act(
                        cases.ACKNOWLEDGED, self.owner, self.owner, waiting=[self.fallback]))
                    self.sure.append((case, *case.seen))
        except Refused as refused:
            # The clock may come before the acknowledgement on a busy machine.
            self.fault = None if refused.code == "rev_past" else refused.answer
        except GONE:
            pass


def events_of(relay, case):
    """All events of a case, with the last answer."""
    session = Session(relay.port)
    head = case.open(session)
    session.ask("topic.read", topic=case.topic, after=0,
                incarnation=session.hello["incarnation"], max=64)
    session.shut()
    return head, [message for message, _ in session.events]


def check_case(relay, case, sure):
    """What is wrong with it, in words. Waits until what was due is said."""
    deadline = time.monotonic() + WAIT_S
    while True:
        _, events = events_of(relay, case)
        names = [event["type"] for event in events]
        if "acknowledged" in names or "overdue" in names or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    for seq, digest in sure:
        if seq > len(events) or unb64(events[seq - 1]["hash"]) != digest:
            yield f"event {seq} was acknowledged and is not there"
    if names[0] != "submitted" or names.count("submitted") != 1:
        yield f"no beginning: {names}"
    if names.count("overdue") > 1 or ("acknowledged" not in names and "overdue" not in names):
        yield f"not said once that it is overdue: {names}"


def one_round(relay, inboxes, number, dice, faults):
    load = Load(relay.port, inboxes, number)
    load.start()
    if dice.random() < 0.75:  # else it may be killed before there is anything to lose
        while len(load.sure) < 2 and load.is_alive():
            time.sleep(0.01)
    # Long enough, now and then, for deadlines of this round to be under way.
    time.sleep(dice.uniform(0.05, 1.6))
    relay.stop(signal.SIGKILL)
    load.join(WAIT_S)
    if load.fault:
        faults.append(f"round {number}: {load.fault}")
    relay.start()
    by_case = {}
    for case, seq, digest in load.sure:
        by_case.setdefault(case, []).append((seq, digest))
    kept = list(by_case.items())
    for case, sure in dice.sample(kept[:-4], min(len(kept[:-4]), 6)) + kept[-4:]:
        faults += [f"round {number}: {fault}" for fault in check_case(relay, case, sure)]
    return len(load.sure)


def main(kringd, kringctl):
    seed = int(os.environ.get("KRING_TEST_SEED", time.time_ns() % 2**32))
    rounds = ROUNDS_LONG if os.environ.get("KRING_TEST_LONG") else ROUNDS
    dice = random.Random(seed)
    tap = Tap()
    faults = []
    total = 0
    with Relay(kringd, settings=NO_QUOTA) as relay:
        relay.start()
        inboxes = make_inboxes(kringctl, relay)
        number = 0
        while number < rounds or total <= rounds:  # until there was something to lose
            total += one_round(relay, inboxes, number, dice, faults)
            number += 1
        verified = control(kringctl, relay, "verify")
        counts = control(kringctl, relay, "statistics")
    print(f"# {number} kills, {total} acknowledged events, seed {seed}")
    tap.check("p1_p7_kill_9_loses_no_signal_and_no_deadline", not faults, "\n".join(faults[:20]))
    tap.equal("the store verifies", int(verified["faults"]), 0)
    tap.check("p6_every_case_is_open_and_has_a_clock", int(counts["cases_open"]) > 0, counts)
    tap.finish()


main(*sys.argv[1:])
