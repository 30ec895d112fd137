#!/usr/bin/env python3
"""What a signal's reporter can show and do besides, with a process for every step: prove to be
a verified neighbour, say that it gets worse, consent, erase, hold the relay to its promise.

signals_more_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import signal as signals
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import TIMEOUT_S, Street, environment, settle  # noqa: E402
from inboxes import Inbox, Reporter, signal, wait_until  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def named(**changes):
    """A draft with a name."""
    return dict(signal(**{"kind": "named", "reach": "identity", "origin": "community",
                          **changes}), identity={"name": "Jan Jansen", "contact": "06 1234 5678"})


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


# ---- Worse, consent, erase, the relay's promise ---------------------------------------------

def worse(tap, street, agent):
    jan = Reporter(street)
    case = jan.send(agent, signal(number="20"))["case"]
    agent.owner.ask("case", "acknowledge", case, "Gelezen.")
    until = jan.back()["until"]
    state = jan.back("--worse", "--urgency", "today", say="Nu elke dag.")
    tap.check("worse: more urgent, and the clock is no later",
              state["urgency"] == "today" and state["until"] <= until, state)
    seen = agent.owner.ask("case", case)
    tap.equal("worse: the team reads why", (seen["urgency"], seen["timeline"][-1]["text"]),
              ("today", "Nu elke dag."))
    tap.check("worse: never less urgent", "error" in jan.back(
        "--worse", "--urgency", "no_hurry", code=None))
    tap.check("worse: an urgency that is none", "error" in jan.back(
        "--worse", "--urgency", "perhaps", code=2))
    tap.equal("worse: without words", jan.back("--worse", "--urgency", "danger_now")["urgency"],
              "danger_now")


def consent(tap, street, agent, team):
    """Who the reporter is goes no further than the reporter says."""
    wim, tom = agent.owner, team.owner
    jan = Reporter(street)
    case = jan.send(agent, named(number="21", origin="poster"))["case"]
    wim.ask("case", "acknowledge", case, "Gelezen.")
    tap.equal("the team that it was for knows", wim.ask("case", case)["identity"]["name"],
              "Jan Jansen")
    wim.ask("case", "invite", case, team.link, "Samen?")
    tom.ask("case", "accept", case, "Graag.")
    tap.check("who is let in does not", "identity" not in tom.ask("case", case))
    tap.check("and is not told without consent", "error" in wim.ask(
        "case", "share-identity", case, team.id, code=None))
    tap.equal("not without a yes", jan.back("--consent", "Wijkteam", code=2)["error"],
              "not_confirmed")
    tap.equal("nor for a team that is not there", jan.back(
        "--yes", "--consent", "Niemand", code=1)["error"], "not_found")
    state = jan.back("--yes", "--consent", "Wijkteam")
    tap.equal("the reporter consents, by the team's name", {
        p["name"]: p["consented"] for p in state["parties"]
        if p["role"] in ("owner", "joined")}, {"Wijkagent": False, "Wijkteam": True})
    tap.check("that alone tells nothing", "identity" not in tom.ask("case", case))
    wim.ask("case", "share-identity", case, team.id)
    tap.equal("then it is told", tom.ask("case", case).get("identity", {}).get("name"),
              "Jan Jansen")
    tap.check("twice is no consent", "error" in jan.back(
        "--yes", "--consent", "Wijkteam", code=None))


def erased(tap, street, agent):
    jan = Reporter(street)
    case = jan.send(agent, signal(number="22"))["case"]
    tap.equal("erase: not without a yes", jan.back("--erase", code=2)["error"], "not_confirmed")
    tap.equal("erase: it is gone", jan.back("--yes", "--erase")["state"], "erased")
    seen = agent.owner.ask("case", case, code=None)
    tap.check("erase: with the team too", "Ik hoor slaan." not in json.dumps(seen), seen)
    opened = Reporter(street)
    case = opened.send(agent, signal(number="23"))["case"]
    agent.owner.ask("case", "acknowledge", case, "Gelezen.")
    tap.check("erase: not what was opened", "error" in opened.back("--yes", "--erase", code=None))
    tap.check("erase: but the team may, once it is taken back", "--withdraw" in
              opened.text("--yes", "--erase").stderr)
    tap.equal("which stays", opened.back()["state"], "open")
    opened.back("--withdraw", say="Wis het maar.")
    agent.owner.ask("case", "erase", "--yes", case)
    tap.equal("erase: at the reporter's wish", opened.back(code=None).get("state"), "erased")


def promise(tap, street, agent):
    jan, other = Reporter(street), Reporter(street)
    kept, others = str(street.directory / "kept"), str(street.directory / "others")
    jan.send(agent, signal(number="24"), "--arrival", kept)
    other.send(agent, signal(number="25"), "--arrival", others)
    tap.equal("the promise holds", jan.back("--check", kept), {"ok": True, "held": True})
    ran = jan.text("--check", kept)
    tap.check("in words", "kept its promise" in ran.stdout and ran.returncode == 0, ran.stdout)
    answer = jan.back("--check", others, code=5)
    tap.equal("that of another case does not", (answer["held"], "found" in answer), (False, True))
    ran = jan.text("--check", others)
    tap.check("which is said, with an exit code of its own",
              "NOT kept" in ran.stdout and ran.returncode == 5, ran)
    bent = street.file("bent", Path(kept).read_text().strip()[:-4] + "AAAA")
    tap.equal("a bent one is none", jan.back("--check", bent, code=5)["found"], "relay_word")
    tap.equal("no file", jan.back("--check", str(street.directory / "no"), code=2)["error"],
              "file")


# ---- Names of others ------------------------------------------------------------------------

def named_inboxes(tap, street, agent, other):
    """To another team: who has it now is said by its name, to the reporter and to those of
    before, also to a colleague who never had its link."""
    els = agent.add(street.person("Els"))
    wim, fatma = agent.owner, other.owner
    jan = Reporter(street)
    case = jan.send(agent, signal(number="26"))["case"]
    wim.ask("case", "hand-over", case, other.link, "Dit hoort bij jullie.")
    tap.equal("before it has spoken the reporter knows no name of it", [
        e["inbox_name"] for e in jan.back()["timeline"] if e["type"] == "handover_offered"], [""])
    fatma.ask("case", "accept", case, "Wij nemen het over.")
    state = jan.back()
    tap.equal("the reporter sees who has it", (state["owner"], [
        (e["type"], e["by"]) for e in state["timeline"]][-1]),
        ("Veilig Thuis", ("handover_accepted", "Veilig Thuis")))
    tap.equal("and to whom it was offered", [
        e["inbox_name"] for e in state["timeline"] if e["type"] == "handover_offered"],
        ["Veilig Thuis"])
    tap.check("as text", "→ Veilig Thuis" in jan.text().stdout, jan.text().stdout)
    for person in (wim, els):
        seen = person.ask("case", case)
        tap.equal(f"{person.name}, of before, sees it too", {
            p["role"]: p["name"] for p in seen["parties"]},
            {"former": "Wijkagent", "owner": "Veilig Thuis"})
        tap.equal(f"it is among {person.name}'s open cases no more", [
            c for c in person.ask("cases")["cases"] if c["case"] == case], [])
        tap.equal("but among the others", [
            c["role"] for c in person.ask("cases", "--show", "closed")["cases"]
            if c["case"] == case], ["former"])


# ---- A professional who watches --------------------------------------------------------------

def followed(tap, street, agent, team):
    """Of two inboxes and their cases, only what was asked for."""
    wim, tom = agent.owner, team.owner
    jan, els = Reporter(street), Reporter(street)
    first = jan.send(agent, signal(number="30"))["case"]
    second = els.send(team, signal(number="31"))["case"]
    card = street.file("Wim.card", wim.ask("inbox", "card")["card"])
    tom.ask("inbox", "add", card)
    settle(wim, rounds=1)

    def watch(*words):
        out = open(street.directory / "watched", "w+")
        process = subprocess.Popen(wim.command("--json", "follow", *words), stdout=out,
                                   stderr=subprocess.DEVNULL, text=True, env=environment())

        def seen():
            out.seek(0)
            return [json.loads(line) for line in out.read().splitlines(keepends=True)
                    if line.endswith("\n")]

        def speak():
            """What was said before he was connected is not told."""
            tom.ask("case", "note", second, "Voor het team.")
            jan.back("--answer", say="Bij de wijkagent.")
            els.back("--answer", say="Bij het wijkteam.")
            return seen()

        wait_until(speak, lambda tells: any(t["tell"] == "case" for t in tells))
        process.send_signal(signals.SIGINT)
        process.wait(TIMEOUT_S)
        told = seen()
        out.close()
        return told

    told = watch("--inbox", "Wijkteam")
    tap.check("follow: the cases of one inbox", told and all(
        t["tell"] in ("case", "note") and t["case"] == second for t in told), told)
    told = watch("--case", first)
    tap.check("follow: one case", told and all(
        t["tell"] in ("case", "note") and t["case"] == first for t in told), told)
    tap.equal("follow: no such inbox", wim.ask("follow", "--inbox", "Niets", code=1)["error"],
              "not_found")


def taken_in(tap, street, agent):
    """Who is connected when a team takes her in sees the inbox and its cases there and then."""
    mia = street.person("Mia")
    mia.init()
    card = street.file("Mia.card", mia.ask("inbox", "card")["card"])
    before = Reporter(street).send(agent, signal(number="32"))["case"]
    watched = street.directory / "watched"
    with open(watched, "w") as out:
        process = subprocess.Popen(mia.command("follow"), stdout=out, stderr=subprocess.PIPE,
                                   text=True, env=environment())
    try:
        tap.check("taken in: she waits, connected", any(
            line.startswith("Waiting") for line in process.stderr))
        agent.owner.ask("inbox", "add", "--inbox", "Wijkagent", card)
        seen = wait_until(watched.read_text, lambda text: before[:8] in text)
        tap.check("taken in: the cases of before are there", before[:8] in seen, seen)
        after = Reporter(street).send(agent, signal(number="33"))["case"]
        seen = wait_until(watched.read_text, lambda text: after[:8] in text)
        tap.check("taken in: and those that come", after[:8] in seen, seen)
        agent.owner.ask("inbox", "drop", "--inbox", "Wijkagent", "Mia")
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)
    tap.equal("taken in: nothing is left of it for who is dropped",
              mia.ask("inbox", "list")["inboxes"], [])


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        fatma, wim = street.person("Fatma"), street.person("Wim")
        other = Inbox(street, fatma, "Veilig Thuis")
        agent = Inbox(street, wim, "Wijkagent", fallback=other)
        team = Inbox(street, street.person("Tom"), "Wijkteam", fallback=other)
        verified(tap, street, agent, other)
        worse(tap, street, agent)
        consent(tap, street, agent, team)
        erased(tap, street, agent)
        promise(tap, street, agent)
        named_inboxes(tap, street, agent, other)
        followed(tap, street, agent, team)
        taken_in(tap, street, agent)
    tap.finish()


main()
