#!/usr/bin/env python3
"""P1 and P2 of a whole relay: kringd is killed at random instants while kring-load posts.

After every kill the store is held against all that the relay had acknowledged or delivered:
each of it is there, under its number, with its running hash, once; and kringd starts again.
KRING_TEST_LONG makes it 200 rounds; KRING_TEST_SEED repeats a run's instants.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "protocol"))
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

ROUNDS = 25
ROUNDS_LONG = 200
ROUNDS_OF_STORE = 20  # then a fresh one, so that checking it stays quick
WAIT_S = 120


def grant(kringctl, relay):
    run = subprocess.run([kringctl, "--socket", relay.control, "--json", "grant", "community"],
                         capture_output=True, text=True, timeout=WAIT_S, check=True)
    return json.loads(run.stdout)["code"]


def start_load(kring_load, relay, code, record):
    return subprocess.Popen(
        [kring_load, "--port", str(relay.port), "--grant", code, "--groups", "3", "--members",
         "6", "--window", "20", "--seconds", "60", "--warm-up", "0", "--give-up", "90",
         "--quiet", "--record", str(record)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_posts(record, load):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and load.poll() is None:
        if record.exists() and record.stat().st_size > 0:
            return
        time.sleep(0.01)


def one_round(relay, programs, record, dice):
    """Kill it under load; in one round of four already while groups are being made."""
    kringctl, kring_load = programs
    relay.start()
    load = start_load(kring_load, relay, grant(kringctl, relay), record)
    compaction = None
    if dice.random() < 0.75:
        wait_for_posts(record, load)
        if dice.random() < 0.3:
            compaction = subprocess.Popen([kringctl, "--socket", relay.control, "compact"],
                                          stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
    time.sleep(dice.uniform(0, 0.4))
    relay.stop(signal.SIGKILL)
    load.wait(2 * WAIT_S)
    if compaction:
        compaction.wait(WAIT_S)


def check(store_check, relay, lines):
    run = subprocess.run([store_check, f"{relay.root}/state"], input=lines,
                         capture_output=True, text=True, timeout=300)
    return run.returncode == 0, run.stdout + run.stderr


def main(kringd, kringctl, kring_load, store_check):
    seed = int(os.environ.get("KRING_TEST_SEED", time.time_ns() % 2**32))
    rounds = ROUNDS_LONG if os.environ.get("KRING_TEST_LONG") else ROUNDS
    dice = random.Random(seed)
    tap = Tap()
    faults = []
    total = 0
    for first in range(0, rounds, ROUNDS_OF_STORE):
        lines = ""
        with Relay(kringd, settings=NO_QUOTA) as relay:
            record = relay.root / "record"
            for _ in range(first, min(first + ROUNDS_OF_STORE, rounds)):
                record.unlink(missing_ok=True)
                one_round(relay, (kringctl, kring_load), record, dice)
                if record.exists():
                    lines += record.read_text()
                sound, said = check(store_check, relay, lines)
                if not sound:
                    faults.append(said)
            total += lines.count("\n")
    print(f"# {rounds} kills, {total} acknowledgements and deliveries, seed {seed}")
    tap.check("p1_p2_kill_9_of_the_relay_loses_nothing_acknowledged", not faults,
              "\n".join(faults))
    tap.check("there was something to lose", total > rounds, total)
    tap.finish()


main(*sys.argv[1:])
