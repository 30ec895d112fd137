#!/usr/bin/env python3
"""What professionals tell neighbours: an inbox trusted by its link, whose card members then
see; notices and guidance cards that reach those who trust the inbox and nobody else.

notices_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, settle  # noqa: E402
from inboxes import Inbox, signal  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def identity(inbox):
    return inbox.link.split("#2.")[1].split(".")[0]


def reading_key(inbox):
    return inbox.link.split("#2.")[1].split(".")[1]


# ---- Trusting by link ------------------------------------------------------------------


def trusted_by_link(tap, street, anna, jan, agent):
    fingerprint = agent.owner.ask("inbox", "list")["inboxes"][0]["fingerprint"]
    tap.equal("a link whose reading key is another's is none",
              anna.ask("trust-inbox", agent.link.replace(reading_key(agent), "A" * 43),
                       code=1)["error"], "link")
    tap.equal("nobody is behind a made-up link",
              anna.ask("trust-inbox", f"https://app.test/#2.{'A' * 43}.{'A' * 43}.relay.test",
                       code=1)["error"], "not_found")
    tap.equal("a key alone needs a name",
              anna.ask("trust-inbox", identity(agent), code=1)["error"], "field")
    tap.equal("who is no coordinator cannot",
              jan.ask("trust-inbox", agent.link, code=1)["error"], "forbidden")
    made = anna.ask("trust-inbox", agent.link)
    tap.equal("the name is the card's", (made["name"], made["fingerprint"]),
              ("Wijkagent", fingerprint))
    settle(jan, rounds=1)
    inbox, = jan.ask("inboxes")["inboxes"]
    tap.equal("the member has the link", inbox, {
        "identity_key": identity(agent), "inbox": agent.id, "name": "Wijkagent", "relay": "",
        "fingerprint": fingerprint, "link": agent.link})
    draft = street.file("card.json", json.dumps(signal(origin="community")))
    ran = jan.run("--community", "De Linden", "signal", "--to", "Wijkagent", "--from", draft)
    tap.check("and sees the card before the signal goes",
              ran.returncode == 0 and "Over Wijkagent." in ran.stderr and
              fingerprint in ran.stderr, ran.stderr)


def run(tap, street):
    wim, anna = street.person("Wim"), street.founder("Anna")
    agent = Inbox(street, wim, "Wijkagent")
    jan, = street.neighbours(anna, "Jan")
    trusted_by_link(tap, street, anna, jan, agent)


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        run(tap, street)
    tap.finish()


main()
