#!/usr/bin/env python3
"""What a signal's reporter can show and do besides, with a process for every step: prove to be
a verified neighbour, say that it gets worse, consent, erase, hold the relay to its promise.

signals_more_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, settle  # noqa: E402
from inboxes import Inbox, Reporter, signal  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def named(**changes):
    """A draft with a name."""
    return dict(signal(kind="named", reach="identity", origin="community", **changes),
                identity={"name": "Jan Jansen", "contact": "06 1234 5678"})


def send_as(street, member, draft, *options, code=0):
    """What a member's kring says, line by line."""
    file = street.file("draft.json", json.dumps(draft))
    ran = member.run("--json", "--community", "De Linden", "signal", "--to", "Wijkagent", "--from",
                     file, *options)
    if ran.returncode != code:
        raise AssertionError(f"exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


# ---- Verified ------------------------------------------------------------------------------

def verified(tap, street, agent, other):
    anna = street.founder("Anna")
    jan, mallory = street.neighbours(anna, "Jan", "Mallory")
    anna.ask("trust-inbox", agent.link.split("#2.")[1].split(".")[0], "Wijkagent")
    settle(jan, mallory, rounds=1)
    wim = agent.owner
    unknown = send_as(street, jan, named(number="1"), "--verified")[-1]["case"]
    tap.equal("a certificate of a community that the professional is not in says nothing",
              wim.ask("case", unknown)["verified"], False)
    link = anna.ask("invite")["link"]
    wim.join(link, note="De wijkagent")
    anna.ask("admit", "Wim")
    settle(wim, anna, wim, rounds=1)
    tap.equal("once he is in it, it does", wim.ask("case", unknown)["verified"], True)
    ran = wim.run("case", unknown)
    tap.check("and the screen says so", "From a verified neighbour." in ran.stdout
              and "Jan Jansen" in ran.stdout, ran.stdout)
    plain = send_as(street, jan, named(number="2"))[-1]["case"]
    tap.equal("with a name and not proven", wim.ask("case", plain)["verified"], False)
    tap.equal("the list says both", {c["case"]: c["verified"] for c in wim.ask("cases")["cases"]},
              {unknown: True, plain: False})
    before = len(wim.ask("cases", "--show", "all")["cases"])
    for name, draft, options in (
            ("an anonymous signal", signal(origin="community"), ["--verified"]),
            ("a question for advice", signal(kind="advice", origin="community"), ["--verified"])):
        lines = send_as(street, jan, draft, *options, code=2)
        tap.equal(f"p8: {name} proves nobody", lines[-1]["error"], "not_vouched")
    walk_in = Reporter(street).send(agent, named(), "--verified", code=2)
    tap.equal("nor does one of no member", walk_in.get("error"), "not_vouched")
    tap.equal("nothing was sent", len(wim.ask("cases", "--show", "all")["cases"]), before)
    foreign = street.founder("Otto", community="De Es")
    foreign.ask("trust-inbox", agent.link.split("#2.")[1].split(".")[0], "Wijkagent")
    file = street.file("es.json", json.dumps(named(number="3")))
    ran = foreign.run("--json", "--community", "De Es", "signal", "--to", "Wijkagent", "--from",
                      file, "--verified")
    case = json.loads(ran.stdout.splitlines()[-1])["case"]
    tap.equal("a neighbour of elsewhere is none here", wim.ask("case", case)["verified"], False)
    anna.ask("remove", "--yes", "Jan", "Verhuisd")
    settle(wim, rounds=1)
    tap.equal("who was removed is none any more", wim.ask("case", unknown)["verified"], False)
    tap.equal("no alarm", [wim.alarms(), anna.alarms()], [[], []])


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        fatma, wim = street.person("Fatma"), street.person("Wim")
        other = Inbox(street, fatma, "Veilig Thuis")
        agent = Inbox(street, wim, "Wijkagent", fallback=other)
        verified(tap, street, agent, other)
    tap.finish()


main()
