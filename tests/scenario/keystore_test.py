#!/usr/bin/env python3
"""The keystore of a device that posts: copied, rolled back, on a full disk, and killed at any
instant.

keystore_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import TIMEOUT_S, Street, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

KILLS = 150 if os.environ.get("KRING_TEST_LONG") else 15
KILL_AFTER_S = 0.4


def no_faults(person):
    """Are there messages that could not be read?"""
    return [m.get("fault") for m in person.feed() if m["kind"] == "unreadable"]


def kill(tap, jan, anna):
    """kill -9 at a random instant: what became of each message is the same for all."""
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    for i in range(KILLS):
        process = subprocess.Popen(jan.command("chat", f"slag {i}"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * KILL_AFTER_S)
        process.send_signal(signal.SIGKILL)
        process.wait()
    jan.ask("chat", "het laatste")
    jan.ask("sync")
    mine, theirs = jan.texts(), anna.texts()
    tap.check("killed while posting: nothing is said twice", len(set(mine)) == len(mine),
              (seed, mine))
    tap.check("killed while posting: both see the same", mine == theirs, (seed, mine, theirs))
    tap.check("killed while posting: the next one is there", "het laatste" in theirs, theirs)
    tap.equal("killed while posting: nothing waits", jan.ask("outbox")["ops"], [])
    tap.equal("killed while posting: no alarm", (jan.alarms(), anna.alarms()), ([], []))
    tap.equal("killed while posting: all can be read", no_faults(anna), [])


def full(tap, jan, anna):
    """The disk is full in the middle of it."""
    size = max(path.stat().st_size for path in jan.keystore.iterdir())

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))

    ran = subprocess.run(jan.command("--json", "chat", "vol"), capture_output=True, text=True,
                         timeout=TIMEOUT_S, preexec_fn=limit)
    tap.equal("a full disk: 3", ran.returncode, 3)
    tap.check("a full disk: it says so", json.loads(ran.stdout.splitlines()[-1])["error"] in (
        "store_full", "store_io"), ran.stdout)
    jan.ask("chat", "weer plaats")
    tap.check("with room again it goes on", anna.texts()[-1] == "weer plaats" and
              anna.texts().count("vol") <= 1, anna.texts())
    tap.equal("a full disk: no alarm", (jan.alarms(), anna.alarms()), ([], []))


def copied(tap, street, jan, anna):
    """Two copies of one keystore, one after the other."""
    copy = street.person("Jan2")
    shutil.rmtree(copy.keystore)
    copy.passphrase = jan.passphrase
    shutil.copytree(jan.keystore, copy.keystore)
    jan.ask("chat", "van het eerste")
    copy.ask("sync", code=None)
    tap.check("a copied keystore: rolled_back", "rolled_back" in copy.alarms(), copy.alarms())
    copy.ask("chat", "van het tweede", code=None)
    settle(anna, copy, anna)
    texts = anna.texts()
    tap.equal("a copied keystore: all is said once, and can be read", (
        texts.count("van het eerste"), texts.count("van het tweede"), no_faults(anna)), (1, 1, []))
    # The first one did not make the new epoch: no way to follow, so it is healed.
    jan.ask("sync", code=None)
    tap.check("the other copy finds it out as well", "rolled_back" in jan.alarms(),
              jan.alarms())
    settle(jan, anna, jan, anna, rounds=2)
    jan.ask("chat", "weer van het eerste", code=None)
    settle(jan, anna)
    tap.equal("and is let in again", anna.texts().count("weer van het eerste"), 1)
    tap.equal("what is sent from two copies can always be read", no_faults(anna), [])
    return copy


def rolled_back(tap, kees, anna):
    """A backup of an earlier day is put back."""
    saved = kees.keystore.parent / "saved"
    shutil.copytree(kees.keystore, saved)
    for i in range(3):
        kees.ask("chat", f"na de kopie {i}")
    shutil.rmtree(kees.keystore)
    saved.rename(kees.keystore)
    # Offline it cannot know; what it wants to say waits for what the relay knows.
    kees.ask("--offline", "chat", "na het terugzetten", code=4)
    settle(kees, anna, kees, anna)
    tap.check("rolled back: rolled_back", "rolled_back" in kees.alarms(), kees.alarms())
    tap.equal("rolled back: said once, and can be read", (
        anna.texts().count("na het terugzetten"), no_faults(anna)), (1, []))
    tap.equal("rolled back: the others see no lie", anna.alarms(), [])
    ran = kees.run("alarms")
    tap.equal("an alarm that stands: 5", ran.returncode, 5)


def wrong_passphrase(tap, street, jan):
    right, jan.passphrase = jan.passphrase, Path(street.file("wrong", "something else\n"))
    before = b"".join(p.read_bytes() for p in sorted(jan.keystore.iterdir()))
    tap.equal("a wrong passphrase: 3", jan.ask("chat", "Nee", code=3)["error"], "passphrase")
    tap.equal("a wrong passphrase changes nothing", b"".join(
        p.read_bytes() for p in sorted(jan.keystore.iterdir())), before)
    jan.passphrase = right
    stored = before + b"".join(p.read_bytes() for p in jan.keystore.parent.rglob("*")
                               if p.is_file() and p.suffix != ".pass")
    tap.check("no text is in the keystore in the clear", b"het laatste" not in stored)


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        anna = street.founder("Anna")
        jan, kees = street.neighbours(anna, "Jan", "Kees")
        settle(jan, kees, anna)
        kill(tap, jan, anna)
        full(tap, jan, anna)
        wrong_passphrase(tap, street, jan)
        rolled_back(tap, kees, anna)
        copied(tap, street, jan, anna)
    tap.finish()


main()
