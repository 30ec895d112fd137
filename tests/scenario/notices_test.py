#!/usr/bin/env python3
"""What professionals tell neighbours: an inbox trusted by its link, whose card members then
see; notices and guidance cards that reach those who trust the inbox and nobody else.

notices_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE FORGING_KRING
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, say_names, settle  # noqa: E402
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
        "fingerprint": fingerprint, "link": agent.link, "moved": False})
    draft = street.file("card.json", json.dumps(signal(origin="community")))
    ran = jan.run("--community", "De Linden", "signal", "--to", "Wijkagent", "--from", draft)
    tap.check("and sees the card before the signal goes",
              ran.returncode == 0 and "Over Wijkagent." in ran.stderr and
              fingerprint in ran.stderr, ran.stderr)


# ---- Notices -------------------------------------------------------------------------


def titles(person, *words):
    return [notice["title"] for notice in person.ask(*words, "notices")["notices"]]


def published(tap, wim, els):
    """A notice and a guidance card, by two of the team."""
    wim.ask("inbox", "notice", "Inloopuur", "Dinsdag om tien uur in het buurthuis.",
            "--until", "2099-01-01")
    els.ask("inbox", "guidance", "Een oude buur alleen", "Bel aan. Vraag hoe het gaat.")
    wim.ask("sync")
    mine = wim.ask("inbox", "notices")["notices"]
    tap.equal("the team reads what it has published, newest first",
              [(n["title"], n["kind"], "until" in n) for n in mine],
              [("Een oude buur alleen", "guidance", False), ("Inloopuur", "notice", True)])
    tap.check("also as text", "Inloopuur" in wim.run("inbox", "notices").stdout)
    for name, words in (
            ("nothing is published without words", ("inbox", "notice", "Leeg", "")),
            ("nor what has run out already",
             ("inbox", "notice", "Oud", "Voorbij.", "--until", "2020-01-01")),
            ("nor with a title of more than a line", ("inbox", "guidance", "x" * 101, "Tekst."))):
        tap.check(name, wim.run("--json", *words).returncode != 0)


def brought(tap, anna, jan, bea, kees, dirk):
    """No coordinator was online when they were published."""
    settle(jan, kees, dirk, rounds=1)
    tap.equal("who is no coordinator brings nothing", (titles(jan), titles(kees)), ([], []))
    settle(anna, jan, rounds=1)
    both = ["Een oude buur alleen", "Inloopuur"]
    tap.equal("a coordinator who comes later does", titles(jan), both)
    tap.equal("the other community waits for its own", titles(kees), [])
    settle(bea, kees, dirk, rounds=1)
    tap.equal("and has it then", titles(kees), both)
    tap.equal("who does not trust the inbox has nothing", titles(dirk), [])
    card, notice = jan.ask("notices")["notices"]
    tap.equal("with the name that the community gave, and no name of the writer",
              (card["name"], card["text"], card["expired"], "by" in card),
              ("Wijkagent", "Bel aan. Vraag hoe het gaat.", False, False))
    text = jan.run("notices", language="nl_NL.UTF-8").stdout
    tap.check("as text", all(word in text for word in (
        "Inloopuur", "Dinsdag om tien uur", "Wijkagent", "Een oude buur alleen")), text)
    exported = jan.ask("export")["groups"]
    tap.equal("and in what is exported", [n["title"] for g in exported for n in g["notices"]],
              both)
    tap.equal("the feed does not repeat them", [m["kind"] for m in jan.feed()
                                                if m["kind"] == "notice"], [])
    return notice


def last(person):
    return [group["last"] for group in person.ask("groups")["groups"] if group["main"]]


def once(tap, anna, mia, jan, wim):
    """Of two coordinators the one who comes first brings it."""
    wim.ask("inbox", "notice", "Straatfeest", "Ik ben erbij.")
    settle(mia, jan, rounds=1)
    before = last(jan)
    tap.equal("the second coordinator brings it", titles(jan)[0], "Straatfeest")
    settle(anna, mia, jan, rounds=1)
    tap.equal("the first does not do it again", (last(jan), titles(jan).count("Straatfeest")),
              (before, 1))
    tap.equal("and who came later repeats nothing of before", titles(mia), ["Straatfeest"])


def left(tap, anna, jan, wim, els):
    """Who leaves the team has nothing more to say; what was said stays."""
    wim.ask("inbox", "drop", "Els")
    tap.check("who left publishes nothing",
              els.run("--json", "inbox", "notice", "Nog iets", "Van Els.").returncode != 0)
    wim.ask("inbox", "notice", "Els werkt nu elders", "Wim neemt waar.")
    settle(anna, jan, rounds=1)
    tap.equal("what she said stays", titles(jan),
              ["Els werkt nu elders", "Straatfeest", "Een oude buur alleen", "Inloopuur"])


def carried(tap, anna, jan, pim, wim, forger):
    """A member whose client brings notices as if a coordinator's."""
    before = titles(jan)
    wim.ask("inbox", "notice", "Avondspreekuur", "Ook op donderdag.")
    pim.kring = forger
    settle(pim, jan, rounds=1)
    tap.equal("p5: what a member brings is not shown", titles(jan), before)
    tap.equal("and found out as such", jan.alarms(), ["overstep"])
    settle(anna, jan, rounds=1)
    tap.equal("nor does it keep the true one out", titles(jan), ["Avondspreekuur", *before])


def forged(tap, anna, jan, wim, forger):
    """A coordinator whose client changes the words."""
    before = titles(jan)
    wim.ask("inbox", "notice", "Let op", "Doe de deur niet open.")
    honest, anna.kring = anna.kring, forger
    settle(anna, jan, rounds=1)
    tap.equal("p5: a changed notice is not shown", titles(jan), before)
    tap.equal("and found out", jan.alarms(), ["overstep", "unsigned"])
    tap.check("as a person reads it", jan.run("alarms").stdout.strip() != "")
    anna.kring = honest
    settle(anna, jan, rounds=1)
    tap.equal("the true one still comes", titles(jan), ["Let op", *before])


def distrusted(tap, anna, jan):
    anna.ask("distrust-inbox", "Wijkagent", "--yes")
    settle(jan, rounds=1)
    tap.equal("an inbox that is not trusted any more says nothing more", titles(jan), [])


def taken_down(tap, anna, jan):
    """As any message; the others stay."""
    number = next(n["seq"] for n in anna.ask("notices")["notices"]
                  if n["title"] == "Straatfeest")
    tap.equal("who is no coordinator takes none down",
              jan.ask("take-down", str(number), "Mag niet.", code=1)["error"], "forbidden")
    anna.ask("take-down", f"#{number}", "Het feest gaat niet door.")
    settle(jan, rounds=1)
    tap.equal("a notice that was taken down is not shown",
              titles(jan), ["Els werkt nu elders", "Een oude buur alleen", "Inloopuur"])
    settle(anna, jan, rounds=1)
    tap.check("and not brought again", "Straatfeest" not in titles(jan))


def unread_by_the_relay(tap, street):
    """P4: what was published is nowhere in what the relay keeps or writes."""
    found = [str(path) for path in Path(street.relay.root).rglob("*")
             if path.is_file() and any(word in path.read_bytes() for word in (
                 b"Straatfeest", b"Een oude buur alleen", b"in het buurthuis"))]
    tap.equal("p4: the relay has read none of it", found, [])


def run(tap, street, forger):
    wim, els = street.person("Wim"), street.person("Els")
    agent = Inbox(street, wim, "Wijkagent")
    agent.add(els)
    anna = street.founder("Anna")
    jan, pim = street.neighbours(anna, "Jan", "Pim")
    bea = street.founder("Bea", "De Eiken")
    kees, = street.neighbours(bea, "Kees")
    cor = street.founder("Cor", "De Berken")
    dirk, = street.neighbours(cor, "Dirk")
    trusted_by_link(tap, street, anna, jan, agent)
    bea.ask("trust-inbox", agent.link, "De wijkagent")
    published(tap, wim, els)
    brought(tap, anna, jan, bea, kees, dirk)
    mia, = street.neighbours(anna, "Mia")
    mia.ask("offer")
    settle(anna, rounds=1)
    anna.ask("grant", "Mia")
    settle(mia, anna, jan, rounds=1)
    tap.equal("who comes in later does not read what was said before", titles(mia), [])
    say_names(anna, mia, jan)
    once(tap, anna, mia, jan, wim)
    left(tap, anna, jan, wim, els)
    taken_down(tap, anna, jan)
    unread_by_the_relay(tap, street)
    tap.equal("nobody saw an alarm", [p.alarms() for p in (anna, mia, jan, bea, kees, wim)],
              [[]] * 6)
    carried(tap, anna, jan, pim, wim, forger)
    forged(tap, anna, jan, wim, forger)
    distrusted(tap, anna, jan)


def main():
    kring, kringd, kringctl, cheap, forger = sys.argv[1:6]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        run(tap, street, forger)
    tap.finish()


main()
