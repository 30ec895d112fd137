#!/usr/bin/env python3
"""P4: a canary in every text that people write is in no file, journal line or memory of the
relay. P5: nobody is let in on the relay's word.

client_canary_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import base64
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import TIMEOUT_S, Street, grant, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402
from memory import memory_holds  # noqa: E402

SETTINGS = NO_QUOTA + '\nlog_level = "debug"\n'


class Canaries:
    """A word for each field, which stands nowhere else."""

    def __init__(self):
        self.words = {}

    def __call__(self, field):
        self.words[field] = f"kanarie{len(self.words):02d}{os.urandom(6).hex()}"
        return self.words[field]


def speak(street, canary):
    """Every text of communities and groups, each with a canary."""
    anna = street.person("Anna")
    anna.ask("init", f"ws://127.0.0.1:{street.relay.port}/kring", "--relay", "relay.test",
             "--name", canary("name of the founder"), "--app", "https://app.test/")
    anna.ask("found", canary("name of the community"),
             stdin=grant(street.kringctl, street.relay) + "\n")
    link = anna.ask("invite", "--uses", "2")["link"]
    jan, rob = street.person("Jan"), street.person("Rob")
    people = []
    for person in (jan, rob):
        name = canary(f"name of {person.name}")
        people.append(name)
        person.ask("join", "-", "--url", f"ws://127.0.0.1:{street.relay.port}/kring", "--name",
                   name, "--note", canary(f"note of {person.name}"), stdin=link)
    anna.ask("refuse", people[1], canary("reason of a refusal"))
    anna.ask("admit", people[0])
    settle(jan, anna, jan, rounds=1)
    number = str(jan.ask("concern", "--category", "child", "--where", canary("where"),
                         canary("text of a concern"))["seq"])
    anna.ask("heard", number, canary("text of a corroboration"))
    anna.ask("comment", number, canary("text of a comment"))
    anna.ask("called-112", number, canary("text of a call"))
    anna.ask("announce", canary("announcement"))
    jan.ask("edit", number, canary("text of an edit"))
    chat = str(jan.ask("chat", canary("chat"))["seq"])
    jan.ask("retract", str(jan.ask("chat", "weg")["seq"]), canary("reason of a retraction"))
    anna.ask("take-down", chat, canary("reason of a take-down"))
    anna.ask("rules", "set", canary("rules"))
    anna.ask("guide", "--pin", canary("guidance"))
    anna.ask("circle", "new", canary("name of a circle"), people[0])
    settle(jan, anna)
    circle = street_circle(anna)
    anna.ask("chat", canary("chat in a circle"), "--group", circle)
    anna.ask("circle", "rename", circle, canary("new name of a circle"))
    key = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    anna.ask("trust-inbox", base64.urlsafe_b64encode(bytes.fromhex(key)).decode().rstrip("="),
             canary("name of an inbox"))
    jan.ask("name", canary("another name"))
    settle(anna, jan)
    anna.ask("mute", jan_account(anna, jan), "1h", canary("reason of a mute"))
    anna.ask("mute", jan_account(anna, jan), "0", canary("reason of its end"))
    anna.ask("remove", "--yes", jan_account(anna, jan), canary("reason of a removal"))
    settle(anna, jan)
    return anna, jan


def street_circle(anna):
    return next(g["group"] for g in anna.ask("groups")["groups"] if not g["main"])


def jan_account(anna, jan):
    return jan.ask("--offline", "status")["account"]


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    canary = Canaries()
    with Relay(kringd, settings=SETTINGS) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        people = speak(street, canary)
        words = {field: word.encode() for field, word in canary.words.items()}
        seen = "".join(person.run("--json", *questions).stdout for person in people for questions in (
            ["export"], ["log"], ["groups"], ["inboxes"], ["feed", "--show", "all"]))
        tap.check("the members have the texts (the search finds what is there)", sum(
            word in seen for word in canary.words.values()) >= len(words) * 2 // 3,
            [field for field, word in canary.words.items() if word not in seen])
        tap.check("p4: in every field that is sent", len(words) >= 24, len(words))
        if os.geteuid() == 0:
            there = b"relay.test"
            found = memory_holds(relay.process.pid, set(words.values()) | {there})
            tap.equal("p4: no text is in the relay's memory",
                      [f for f, w in words.items() if w in found], [])
            tap.check("p4: and the search finds what is there", there in found)
        else:
            tap.skip("p4: no text is in the relay's memory", "needs root")
        journal = relay.log()
        tap.equal("p4: nor in its journal",
                  [f for f, w in canary.words.items() if w in journal], [])
        backup = subprocess.run([kringctl, "--socket", relay.control, "backup", "one"],
                                capture_output=True, text=True, timeout=TIMEOUT_S)
        tap.equal("a backup is made", backup.returncode, 0)
        tap.equal("the relay ends well", relay.stop(), 0)
        files = [path for path in relay.root.rglob("*") if path.is_file()]
        stored = b"".join(path.read_bytes() for path in files)
        tap.equal("p4: nor in any file, backup included",
                  [f for f, w in words.items() if w in stored], [])
        tap.check("p4: of which there are some", len(stored) > 100000, files)
        tap.equal("p4: a name is in no file in the clear", b"De Linden" in stored, False)
    tap.finish()


main()
