#!/usr/bin/env python3
"""Members over time: roles given and taken, moderation, a second device, a month away, and
P5: who was removed stays out, whatever the relay would do for them.

members_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from between import Between, Lie  # noqa: E402
from cli import Person, Street, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

WAIT_S = 120


def roles(tap, anna, bram, cor):
    tap.check("who has not offered cannot be granted",
              "error" in anna.ask("grant", "Bram", code=1))
    bram.ask("offer", code=None)
    anna.ask("sync")
    anna.ask("grant", "Bram")
    settle(bram, anna, bram)
    link = bram.ask("invite")["link"]
    tap.check("granted: can invite", link.startswith("https://"), link)
    tap.equal("a granted one is no resident", bram.ask("communities")["communities"][0]["role"],
              "coordinator")
    anna.ask("withdraw", "--yes", "Bram")
    settle(bram, anna, bram)
    tap.check("withdrawn: cannot", "error" in bram.ask("invite", code=1))
    tap.check("the last coordinator cannot be withdrawn",
              "error" in anna.ask("withdraw", "--yes", "Anna", code=1))
    tap.equal("nor leave", anna.ask("leave", "--yes", code=1)["error"], "last_coordinator")
    tap.check("a resident grants nobody", "error" in cor.ask("grant", "Bram", code=1))


def moderation(tap, anna, bram, cor):
    anna.ask("slow-mode", "1h")
    settle(bram)
    bram.ask("chat", "Een.")
    tap.equal("slow mode: the second waits", bram.ask("chat", "Twee.", code=1)["error"],
              "slow_mode")
    bram.ask("called-112")
    anna.ask("chat", "Coordinatoren wachten niet.")
    anna.ask("slow-mode", "0")
    number = next(str(m["seq"]) for m in anna.feed() if m.get("text") == "Een.")
    anna.ask("take-down", number, "Onbeleefd.")
    told = bram.run("sync")
    tap.check("a take-down: its author is told", "Onbeleefd." in told.stderr + told.stdout, told)
    for person in (bram, cor):
        shown = next(m for m in person.feed() if str(m["seq"]) == number)
        tap.check(f"taken down: {person.name} sees why, and not what", shown.get("taken_down") ==
                  "Onbeleefd." and "text" not in shown, shown)
    tap.check("a resident takes nothing down",
              "error" in cor.ask("take-down", number, "Ik wil niet.", code=1))
    anna.ask("mute", "Bram", "2h", "Rustig.")
    settle(bram)
    tap.equal("muted", bram.ask("chat", "Nee.", code=1)["error"], "muted")
    anna.ask("mute", "Bram", "0", "Goed.")
    log = cor.ask("log")["entries"]
    tap.check("every member reads who was moderated, and why", all(
        reason in json.dumps(log) for reason in ("Onbeleefd.", "Rustig.", "Goed.")), log)
    text = cor.run("log")
    tap.check("as text", "Rustig." in text.stdout and "Anna" in text.stdout, text)


def second_device(tap, street, anna, cor):
    tablet = street.person("Tablet")
    link = street.file("link", cor.ask("device", "link")["link"])
    card = street.file("card", tablet.ask("device", "accept", link, "--name", "Cor")["card"])
    cor.ask("device", "add", card)
    # A coordinator's client waits some seconds, in case another one certifies it.
    deadline = time.monotonic() + WAIT_S
    while not tablet.ask("groups", code=None)["groups"] and time.monotonic() < deadline:
        settle(cor, anna, tablet, anna, rounds=1)
    tap.equal("a second device is in", [
        (g["state"], g["members"]) for g in tablet.ask("groups", code=None)["groups"]],
        [("in", 3)])
    tablet.ask("chat", "Van de tablet.")
    tap.check("it speaks as its account", next(
        (m["me"] for m in cor.feed() if m.get("text") == "Van de tablet."), False), cor.texts())
    cor.ask("chat", "Van de telefoon.")
    tap.check("and reads", "Van de telefoon." in tablet.texts(), tablet.texts())
    device = next(d["device"] for d in cor.ask("devices")["devices"]
                  if not d["me"] and not d["removed"])
    cor.ask("device", "remove", "--yes", device)
    settle(anna, cor)
    anna.ask("chat", "Zonder tablet.")
    tablet.run("--timeout", "5", "sync")
    tap.check("p5: a removed device reads nothing more", "Zonder tablet." not in json.dumps(
        tablet.ask("--offline", "feed", "--show", "all", code=None)))
    settle(cor)
    tap.check("the other one does", "Zonder tablet." in cor.texts())


class Recorder(Lie):
    """Keeps the events of groups that pass."""

    def __init__(self, kept):
        self.kept = kept

    def to_client(self, message):
        if message[0].get("verb") == "event" and message[0]["topic"][0] == "g":
            self.kept[message[0]["seq"]] = message
        return [message]


class Colluding(Lie):
    """Gives a client the events of groups that the relay itself refuses."""

    def __init__(self, kept):
        self.kept, self.asked = kept, {}

    def to_relay(self, message):
        request = message[0]
        if request["verb"] == "topic.subscribe" and request["topic"][0] == "g":
            self.asked[request["id"]] = request["after"]
            return [({"id": request["id"], "verb": "ping"}, None)]
        return [message]

    def to_client(self, message):
        after = self.asked.pop(message[0].get("re"), None)
        if after is None:
            return [message]
        events = [self.kept[seq] for seq in sorted(self.kept) if seq > after]
        last = events[-1][0] if events else {"seq": after, "rev": 0}
        return [({"re": message[0]["re"], "ok": True, "seq": last["seq"],
                  "rev": last["rev"]}, None), *events]


def removed(tap, street, anna, cor):
    """P5, with a relay that helps the removed one."""
    kept, help_him = {}, []
    with Between(street.relay.port, lambda: Recorder(kept)) as spy, \
            Between(street.relay.port,
                    lambda: Colluding(kept) if help_him else Lie()) as his:
        link = anna.ask("invite", "--uses", "2")["link"]
        people = [Person(street.kring, street.directory, name, relay, street.cheap)
                  for name, relay in (("Fee", spy), ("Dirk", his))]
        fee, dirk = people
        for person in people:
            person.join(link)
            anna.ask("admit", person.name)
        settle(*people, anna, *people, rounds=1)
        cor.ask("chat", "Dirk leest dit nog.")
        tap.check("a member reads", "Dirk leest dit nog." in dirk.texts(), dirk.texts())
        old = street.directory / "old"
        shutil.copytree(dirk.keystore, old)
        anna.ask("remove", "--yes", "Dirk", "Vertelde het verder.")
        settle(cor, anna)
        anna.ask("chat", "Geheim voor Dirk.")
        tap.check("the others read on", "Geheim voor Dirk." in fee.texts(), fee.texts())
        dirk.run("sync")
        tap.equal("p5: told to be removed", dirk.ask("communities")["communities"][0]["role"],
                  "removed")
        tap.check("p5: cannot post", "error" in dirk.ask("chat", "Nog hier", code=None))
        for name in ("by himself", "with the relay's help"):
            shutil.rmtree(dirk.keystore)
            shutil.copytree(old, dirk.keystore)
            dirk.run("--timeout", "5", "sync")
            dirk.run("--timeout", "5", "chat", "Ik ben er nog.")
            dirk.run("--timeout", "5", "heal")
            shown = json.dumps([dirk.ask("--offline", *words, code=None) for words in (
                ["feed", "--show", "all"], ["export"])])
            tap.check(f"p5: with the old keystore, {name}: the past is still there",
                      "Dirk leest dit nog." in shown, shown)
            tap.check(f"p5: with the old keystore, {name}: nothing more is read",
                      "Geheim voor Dirk." not in shown, shown)
            help_him.append(True)
        tap.check("the relay had it for him", any(
            m[0]["type"] == "commit" and m[0].get("removed") for m in kept.values()) or
            any(m[0]["type"] == "group_left" for m in kept.values()), list(kept))
        settle(anna, cor, fee)
        tap.check("p5: nothing of his is heard",
                  "Ik ben er nog." not in anna.texts() + cor.texts() + fee.texts())
        tap.check("p5: nor is he in again by his old certificate and key packages",
                  "Dirk" not in [m["name"] for m in anna.ask("members")["members"]],
                  anna.ask("members"))
        tap.equal("p5: the group is as large as the community", anna.ask("groups")["groups"][0][
            "members"], len(anna.ask("members")["members"]))


def away(tap, street, anna, bram, cor):
    """A month away: many messages, and epochs that came and went."""
    for i in range(12):
        (anna, cor)[i % 2].ask("chat", f"dag {i}")
        if i % 4 == 0:
            anna.ask("slow-mode", "1")
            anna.ask("slow-mode", "0")
            cor.ask("refresh", code=None)
    tap.equal("a month away: all is caught up with, in order", [
        t for t in bram.texts() if t.startswith("dag ")], [f"dag {i}" for i in range(12)])
    bram.ask("chat", "Ik ben terug.")
    tap.check("and one is heard", "Ik ben terug." in anna.texts())
    text = bram.run("sync")
    tap.equal("as text", text.returncode, 0)


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        anna = street.founder("Anna")
        bram, cor = street.neighbours(anna, "Bram", "Cor")
        anna.ask("chat", "Welkom.")
        settle(bram, cor)
        roles(tap, anna, bram, cor)
        moderation(tap, anna, bram, cor)
        away(tap, street, anna, bram, cor)
        second_device(tap, street, anna, cor)
        removed(tap, street, anna, cor)
        tap.equal("nobody saw an alarm", [anna.alarms(), bram.alarms()], [[], []])
    tap.finish()


main()
