#!/usr/bin/env python3
"""An inbox whose administrators are gone: the digits on paper make the team anew, and nobody
without them (P5). An inbox whose record runs out is renewed by itself.

inbox_recovery_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE LATE_KRING
"""
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, settle  # noqa: E402
from inboxes import Inbox, Reporter, said, signal  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def recover(street, person, name, link, digits, code=0):
    """The answer, and the new digits, which were shown before."""
    ran = person.run("--json", "--yes", "inbox", "recover", name,
                     street.file(f"{person.name}-link", link),
                     street.file(f"{person.name}-digits", digits))
    assert code is None or ran.returncode == code, ran.stdout + ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return lines[-1], lines[0].get("recovery")


def refusals(tap, street, agent, other, new):
    """Wrong digits, wrong inbox, wrong everything: nothing changes."""
    number = agent.owner.ask("inbox", "list")["inboxes"][0]["number"]
    slip = agent.recovery.replace(agent.recovery[3], str((int(agent.recovery[3]) + 1) % 10), 1)
    nowhere = agent.link.replace("#2." + agent.link.split("#2.")[1][:4], "#2.AAAA")
    for name, link, digits, error in (
            ("a slip in the digits", agent.link, slip, "check_digit"),
            ("a group too few", agent.link, agent.recovery[:-7], "check_digit"),
            ("digits of another inbox", agent.link, other.recovery, "recovery"),
            ("the link of another inbox", other.link, agent.recovery, "recovery"),
            ("no link", "https://app.test/", agent.recovery, "link"),
            ("an inbox that is not there", nowhere, agent.recovery, "not_found")):
        tap.equal(f"p5: {name}", recover(street, new, "Nel", link, digits, code=None)[0].get("error"),
                  error)
    ran = new.run("--yes", "inbox", "recover", "Nel", street.file("l", agent.link),
                  street.file("d", other.recovery))
    tap.check("said in words", ran.returncode == 1 and "paper and the link" in ran.stderr,
              ran.stderr)
    tap.equal("nothing was changed", agent.owner.ask("inbox", "list")["inboxes"][0]["number"],
              number)
    tap.equal("and nobody has it", new.ask("inbox", "list")["inboxes"], [])


def recovered(tap, street, agent, old, new, case, reporter):
    before = agent.owner.ask("inbox", "show")
    ran = new.run("--json", "inbox", "recover", "Nel de Vries", street.file("l", agent.link),
                  street.file("d", agent.recovery))
    tap.equal("p5: nothing is sent before the new digits are on paper",
              (ran.returncode, json.loads(ran.stdout.splitlines()[-1])["error"],
               agent.owner.ask("inbox", "show")["number"]),
              (2, "not_confirmed", before["number"]))
    done, digits = recover(street, new, "Nel de Vries", agent.link, agent.recovery)
    tap.equal("the digits bring it back", done.get("inbox"), agent.id)
    settle(new, rounds=1)
    now = new.ask("inbox", "show")
    tap.equal("the team is one", [(m["name"], m["administrator"], m["me"]) for m in now["team"]],
              [("Nel de Vries", True, True)])
    tap.equal("link and fingerprint stay", (now["link"], now["fingerprint"]),
              (before["link"], before["fingerprint"]))
    tap.equal("settings too", now["settings"], before["settings"])
    tap.check("the key is another", now["sealing_number"] > before["sealing_number"], now)
    seen = new.ask("case", case)
    tap.check("the case of before is read", seen["signal"]["seen"] == "Ik hoor slaan."
              and "Wij kijken ernaar." in said(seen), seen)
    new.ask("case", "follow-up", case, "Ik ben de nieuwe.")
    tap.equal("and answered", said(reporter.back())[-1], "Ik ben de nieuwe.")
    settle(agent.owner, old, rounds=1)
    for person in (agent.owner, old):
        tap.check(f"p5: {person.name} of the old team does nothing any more",
                  "error" in person.ask("case", "follow-up", case, "Toch.", code=None))
        tap.check(f"p5: nor changes the inbox, {person.name}",
                  "error" in person.ask("inbox", "rotate", code=None))
    later = Reporter(street)
    case_2 = later.send(agent, signal(seen="Na het herstel.", number="7"))["case"]
    settle(agent.owner, new, rounds=1)
    tap.check("what comes in afterwards only the new team reads",
              new.ask("case", case_2)["signal"]["seen"] == "Na het herstel."
              and "herstel" not in str(agent.owner.ask("cases", "--show", "all", code=None)))
    tap.equal("p5: the digits are dead now", recover(
        street, old, "Els", agent.link, agent.recovery, code=None)[0].get("error"), "recovery")
    return digits


def replaced(tap, street, agent):
    """An administrator makes new ones; those of before stay good for a fortnight."""
    owner = agent.owner
    ran = owner.run("inbox", "recovery-key")
    tap.equal("without a word that they are on paper nothing happens",
              (ran.returncode, owner.ask("inbox", "show").get("former_until")), (2, None))
    ran = owner.run("--json", "--yes", "inbox", "recovery-key")
    digits = json.loads(ran.stdout.splitlines()[0]).get("recovery", "")
    days = (owner.ask("inbox", "show")["former_until"] - time.time() * 1000) / 86_400_000
    tap.check("new digits, beside the old ones for a fortnight",
              ran.returncode == 0 and len(digits.split()) == 9 and 14.9 < days < 15.1,
              (ran.stderr, days))
    shown = owner.run("inbox", "show").stdout
    tap.check("as text", "Recovery digits" in shown, shown)
    ran = owner.run("--json", "--yes", "inbox", "recovery-key")
    tap.check("not twice in that time: that is said before any are made",
              ran.returncode == 1 and json.loads(ran.stdout)["error"] == "state" and
              "Use those; other ones can be made from 20" in ran.stdout, ran)


def again(tap, street, agent, new, digits):
    """The new digits are good for the next time, and the new administrator works as any other."""
    colleague = street.person("Kees")
    colleague.init()
    card = street.file("Kees.card", colleague.ask("inbox", "card")["card"])
    new.ask("inbox", "add", card)
    settle(colleague, rounds=1)
    tap.equal("a colleague is taken in", len(colleague.ask("cases")["cases"]), 2)
    tap.check("who may not change it", "error" in colleague.ask("inbox", "rotate", code=None))
    recover(street, colleague, "Kees", agent.link, digits)
    settle(colleague, new, rounds=1)
    tap.equal("the next digits are good for the next one", [
        m["name"] for m in colleague.ask("inbox", "show")["team"]], ["Kees"])
    tap.equal("who has all the cases", len(colleague.ask("cases")["cases"]), 2)
    tap.equal("no alarm anywhere", [new.alarms(), colleague.alarms()], [[], []])


def renewed(tap, street, inbox, late_kring):
    """Eleven months later an administrator looks in: the zone's clock of the year to come is
    in the next record, as this computer knows it."""
    person = inbox.owner
    before = person.ask("inbox", "show")
    person.ask("sync")
    tap.equal("not before its time", person.ask("inbox", "show")["expires"], before["expires"])
    later = Path(street.file("later", "#!/bin/sh\nexport KRING_LATE_DAYS=336\n"
                             f"exec '{os.path.abspath(late_kring)}' \"$@\"\n"))
    later.chmod(0o700)
    person.kring = str(later)
    person.ask("sync")
    now = person.ask("inbox", "show")
    days = (now["expires"] - time.time() * 1000) / 86_400_000
    tap.check("a record that runs out is renewed", 700 < days < 702, days)
    tap.check("with a new key", now["sealing_number"] > before["sealing_number"], now)
    offsets = now["settings"]["offsets"]
    tap.check("and the zone's offsets", {minutes for _, minutes in offsets} == {60, 120}
              and len(offsets) >= 3 and offsets == sorted(offsets), offsets)
    tap.equal("the rest is as it was", dict(now["settings"], offsets=0),
              dict(before["settings"], offsets=0))


def main(kring, kringd, kringctl, cheap, late_kring):
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        wim, els, fatma, nel = (street.person(n) for n in ("Wim", "Els", "Fatma", "Nel"))
        other = Inbox(street, fatma, "Veilig Thuis")
        agent = Inbox(street, wim, "Wijkagent", fallback=other)
        agent.add(els)
        nel.init()
        reporter = Reporter(street)
        case = reporter.send(agent, signal())["case"]
        wim.ask("case", "acknowledge", case, "Wij kijken ernaar.")
        wim.ask("inbox", "rotate")
        refusals(tap, street, agent, other, nel)
        replaced(tap, street, agent)
        digits = recovered(tap, street, agent, els, nel, case, reporter)
        again(tap, street, agent, nel, digits)
        renewed(tap, street, other, late_kring)
    tap.finish()


if __name__ == "__main__":
    main(*sys.argv[1:])
