#!/usr/bin/env python3
"""A neighbourhood by kring alone: founded in both ways, people who come in and who do not,
what they say, circles, two coordinators at once, and leaving.

neighbourhood_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import TIMEOUT_S, Street, environment, grant, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def found_with_two(tap, street):
    """Two founders, no recovery key: each signs what the other has prepared."""
    eva, finn = street.person("Eva"), street.person("Finn")
    eva.init()
    finn.init()
    card = street.file("finn.card", finn.ask("founding", "card")["card"])
    prepared = eva.ask("founding", "prepare", "De Beuken", "--card", card)
    tap.check("two founders need no recovery key", "recovery" not in prepared, prepared)
    content = street.file("content", prepared["content"])
    code = street.file("code", grant(street.kringctl, street.relay))
    tap.check("unsigned by one founder: refused",
              "error" in eva.ask("founding", "finish", content, code, code=1))
    false = street.file("false", eva.ask("founding", "sign", content)["signature"])
    tap.check("signed by the same one twice: refused",
              "error" in eva.ask("founding", "finish", content, code, "--signature", false, code=1))
    signature = street.file("finn.sig", finn.ask("founding", "sign", content)["signature"])
    founded = eva.ask("founding", "finish", content, code, "--signature", signature)
    settle(eva, finn, eva, finn, rounds=2)
    for person in (eva, finn):
        community, = person.ask("communities")["communities"]
        tap.equal(f"two founders: {person.name} is a coordinator",
                  (community["community"], community["role"], community["coordinators"]),
                  (founded["community"], "coordinator", 2))
    tap.equal("both founders are in the group",
              [g["members"] for p in (eva, finn) for g in p.ask("groups")["groups"]], [2, 2])
    finn.ask("announce", "Welkom.")
    tap.equal("and hear each other", eva.texts(), ["Welkom."])
    return eva, finn


def recover(tap, street, digits, anna):
    """The printed digits make a coordinator, and only the right ones do."""
    community = anna.ask("communities")["communities"][0]["community"]
    dora, = street.neighbours(anna, "Dora")
    card = street.file("dora.card", dora.ask("founding", "card")["card"])
    wrong = digits[:-1] + ("1" if digits[-1] != "1" else "2")
    tap.check("wrong digits of the recovery key",
              "error" in dora.ask("recover", community, card, street.file("wrong", wrong), code=1))
    dora.ask("recover", community, card, street.file("digits", digits))
    settle(anna, dora)
    tap.equal("the recovery key makes a coordinator", sorted(
        m["role"] for m in anna.ask("members")["members"]), ["coordinator", "coordinator"])
    link = dora.ask("invite")["link"]
    tap.check("who can invite", link.startswith("https://app.test/"), link)
    return dora


def come_in(tap, street, anna, dora):
    jan, kees = street.neighbours(anna, "Jan", "Kees")
    refused = street.person("Rob")
    refused.join(anna.ask("invite")["link"], note="Ik ben van de pers")
    anna.ask("refuse", "Rob", "U woont hier niet.")
    told = refused.run("sync")
    tap.check("refused: told why, once", "U woont hier niet." in told.stderr, told)
    community, = refused.ask("communities")["communities"]
    tap.equal("and to be read later", (community["role"], community.get("reason")),
              ("refused", "U woont hier niet."))
    text = refused.run("communities")
    tap.check("as text too", "U woont hier niet." in text.stdout, text)
    tap.equal("no request is left", anna.ask("requests")["requests"], [])
    tap.check("the refused cannot post", "error" in refused.ask("chat", "Toch", code=1))
    # Names that were said before somebody came are said again with the next words.
    anna.ask("chat", "Welkom.")
    dora.ask("chat", "Welkom!")
    for person in (anna, jan, kees):
        tap.equal(f"{person.name} knows all names", sorted(
            m["name"] for m in person.ask("members")["members"]), ["Anna", "Dora", "Jan", "Kees"])
    return jan, kees


def talk(tap, jan, kees, anna):
    first = jan.ask("concern", "--category", "older_person", "--how-often", "daily",
                    "--where", "nummer 3", "Mevrouw De Wit is niet gezien.")
    number = str(first["seq"])
    kees.ask("heard", number, "Ik ook niet.")
    kees.ask("comment", number, "Haar gordijnen zijn dicht.")
    anna.ask("called-112", number, "De ambulance komt.")
    seen = next(m for m in jan.feed() if m["seq"] == first["seq"])
    tap.equal("corroborated, commented, 112 called", (
        seen["corroborations"], seen["comments"], seen["called_112"]), (1, 1, 1))
    tap.equal("twice by one is one", (
        kees.ask("heard", number, code=None), next(
            m for m in jan.feed() if m["seq"] == first["seq"])["corroborations"])[1], 1)
    tap.equal("not by its author", "error" in jan.ask("heard", number, code=None) or next(
        m for m in kees.feed() if m["seq"] == first["seq"])["corroborations"] == 1, True)
    shown = anna.run("show", number)
    tap.check("the thread, as text", all(text in shown.stdout for text in (
        "Mevrouw De Wit", "Ik ook niet.", "gordijnen", "ambulance")), shown)
    dutch = anna.run("feed", language="nl_NL.UTF-8")
    tap.equal("in Dutch too", dutch.returncode, 0)


def circle(tap, jan, kees, anna):
    made = jan.ask("circle", "new", "Om nummer 3", "Kees")
    settle(kees, jan, kees, rounds=1)
    kees.ask("chat", "Alleen wij twee.", "--group", "Om nummer 3")
    tap.equal("a circle", jan.texts("--group", "Om nummer 3"), ["Alleen wij twee."])
    tap.check("the coordinator is not in it and sees no such group", made["group"] not in
              json.dumps(anna.ask("groups")) and
              "Alleen wij" not in json.dumps(anna.ask("export")))
    tap.check("nor may others add themselves", "error" in kees.ask(
        "circle", "add", "Om nummer 3", "Anna", code=1))
    jan.ask("circle", "admin", "Om nummer 3", "Kees")
    settle(kees, jan)
    kees.ask("circle", "rename", "Om nummer 3", "Voor mevrouw De Wit")
    settle(jan)
    tap.check("another administrator renames it",
              "Voor mevrouw De Wit" in json.dumps(jan.ask("groups")), jan.ask("groups"))
    kees.ask("circle", "remove", "--yes", "Voor mevrouw", "Jan")
    settle(jan, kees)
    kees.ask("chat", "Zonder Jan.", "--group", "Voor mevrouw")
    jan.ask("sync", code=None)
    tap.check("p5: removed from a circle, nothing more is read",
              "Zonder Jan." not in json.dumps(jan.ask("export")))


def at_once(tap, anna, dora, jan):
    """Two coordinators commit at the same time, several times: one wins, the other rebases."""
    settle(anna, dora, rounds=1)
    for i in range(3):
        # Each prepares without the relay, then both come at once.
        anna.ask("--offline", "slow-mode", str(30 + i), code=4)
        dora.ask("--offline", "refresh", code=4)
        both = [subprocess.Popen(p.command("--json", "sync"), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=environment())
                for p in (anna, dora)]
        codes = [process.wait(TIMEOUT_S) for process in both]
        for process in both:
            process.communicate()
        tap.equal(f"p3: two commits at once, time {i + 1}", codes, [0, 0])
    settle(anna, dora, jan)
    states = [(g["epoch"], g["slow_mode"]) for p in (anna, dora, jan)
              for g in p.ask("groups")["groups"] if g["main"]]
    tap.check("p3: all are in one epoch, and both changes came about",
              len(set(states)) == 1 and states[0][1] == 32, states)
    tap.equal("p3: nothing is left in an outbox",
              [p.ask("outbox")["ops"] for p in (anna, dora)], [[], []])
    anna.ask("slow-mode", "0")


def part(tap, street, anna, jan, kees):
    before = len(jan.texts())
    tap.equal("leaving asks first", kees.run("leave").returncode, 2)
    kees.ask("leave", "--yes")
    tap.equal("left", kees.ask("communities")["communities"][0]["role"], "left")
    settle(anna, jan, anna)
    jan.ask("chat", "Kees is weg.")
    kees.ask("sync", code=None)
    tap.check("p5: who left reads nothing more", "Kees is weg." not in
              json.dumps(kees.ask("export")))
    tap.equal("the others go on", len(anna.texts()), before + 1)
    names = sorted(m["name"] for m in jan.ask("members")["members"])
    tap.check("he is no member any more", "Kees" not in names, names)
    exported = jan.ask("export")
    text = json.dumps(exported)
    tap.check("export: own messages, no secrets", "Mevrouw De Wit" in text and
              "secret" not in text and "private" not in text, text[:500])
    tap.equal("the last coordinator stays", "error" in jan.ask(
        "delete-account", "--yes", code=None), False)
    tap.check("a deleted account has no keystore", not list(jan.keystore.glob("*")))


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        eva, finn = found_with_two(tap, street)
        anna = street.person("Anna")
        anna.init()
        digits = anna.ask("found", "De Linden",
                          stdin=grant(kringctl, relay) + "\n")["recovery"]
        dora = recover(tap, street, digits, anna)
        jan, kees = come_in(tap, street, anna, dora)
        talk(tap, jan, kees, anna)
        circle(tap, jan, kees, anna)
        at_once(tap, anna, dora, jan)
        part(tap, street, anna, jan, kees)
        tap.equal("nobody saw an alarm", [p.alarms() for p in (eva, finn, anna, dora)],
                  [[], [], [], []])
    tap.finish()


main()
