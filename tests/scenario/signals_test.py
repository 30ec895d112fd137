#!/usr/bin/env python3
"""From a neighbour to a professional and back, with a process for every step: signals of a
member, of somebody from the street and with a name; P6 and P7 by number; what each party may
read and what not.

signals_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Street, settle  # noqa: E402
from inboxes import (Inbox, Reporter, operator, said, signal, types,  # noqa: E402
                     wait_until)
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402


def only(case, person, *words):
    """The one case that somebody sees."""
    cases = person.ask("cases", *words)["cases"]
    found = [c for c in cases if case is None or c["case"] == case]
    if len(found) != 1:
        raise AssertionError(f"{person.name} sees {cases}, expected {case}")
    return found[0]


def owners(case):
    return [party["name"] for party in case["parties"] if party["role"] == "owner"]


def in_seconds(seconds):
    """A time as kring reads it (in UTC, see cli.py), that many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + seconds))


def text_has(tap, name, ran, *words):
    tap.check(name, ran.returncode == 0 and all(word in ran.stdout for word in words),
              f"{words} in\n{ran.stdout}\n{ran.stderr}")


def make_inboxes(street):
    """The wijkagent's with two professionals, its fallback, a team, and one where nobody is in
    time and nothing is kept."""
    fatma, wim, els, tom, sam = (street.person(n) for n in ("Fatma", "Wim", "Els", "Tom", "Sam"))
    fallback = Inbox(street, fatma, "Veilig Thuis")
    agent = Inbox(street, wim, "Wijkagent", fallback=fallback)
    agent.add(els)
    team = Inbox(street, tom, "Wijkteam")
    slow = Inbox(street, sam, "Trage post", fallback=fallback, acknowledge=2, follow_up=3600,
                 retention_s=2, retention_unread_s=28 * 86400)
    return fallback, agent, team, slow, els


def member_signals(tap, street, agent):
    """A member's, by the name of an inbox that the community trusts; read, asked, answered."""
    anna = street.founder("Anna")
    jan, = street.neighbours(anna, "Jan")
    identity_key = agent.link.split("#2.")[1].split(".")[0]
    trusted = anna.ask("trust-inbox", identity_key, "Wijkagent")
    tap.equal("the coordinator compares the fingerprint", trusted["fingerprint"],
              agent.owner.ask("inbox", "list")["inboxes"][0]["fingerprint"])
    settle(jan, rounds=1)
    tap.equal("the member sees the inbox", [i["name"] for i in jan.ask("inboxes")["inboxes"]],
              ["Wijkagent"])
    draft = street.file("jan.json", json.dumps(signal(origin="community", number="40")))
    ran = jan.run("--json", "--community", "De Linden", "signal", "--to", "Wijkagent", "--from",
                  draft)
    tap.equal("p8: a member sends a signal with no account", ran.returncode, 0)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    tap.check("the digits come before it is sent", list(lines[0]) == ["receipt"]
              and "arrival" in lines[1], lines)
    jans = Reporter(street, receipt=lines[0]["receipt"])
    wim = agent.owner
    case = only(None, wim)
    tap.equal("the team has it", (case["kind"], case["state"], case["verified"], case["place"]),
              ("anonymous", "new", False, "Lange Laan 40bis, 1234AB Ons Dorp"))
    seen = wim.ask("case", case["case"])
    tap.check("and not who sent it",
              "identity" not in seen and not re.search(r"\bJan\b", json.dumps(seen)), seen)
    text_has(tap, "as text", wim.run("case", case["case"]), "Ik hoor slaan.", "Lange Laan",
             "Not from a verified neighbour")
    tap.equal("p7: the reporter sees that nobody has opened it", [
        jans.back()[field] for field in ("state", "opened", "not_opened")], ["new", False, False])
    return jans, case["case"]


def answered(tap, street, agent, jans, case):
    wim, els = agent.owner, agent.colleague
    tap.equal("p7: nobody acknowledges without a word",
              wim.ask("case", "acknowledge", case, "", code=None).get("ok"), None)
    wim.ask("case", "acknowledge", case, "Dank u. Ik heb het gelezen.")
    tap.equal("twice is refused",
              wim.ask("case", "acknowledge", case, "Nog eens.", code=1)["error"], "state")
    state = jans.back()
    tap.equal("acknowledged, in words", (state["state"], state["opened"], said(state)),
              ("open", True, ["Dank u. Ik heb het gelezen."]))
    els.ask("case", "ask", case, "Op welke dagen?")
    elsewhere = Reporter(street, receipt=jans.receipt)
    tap.equal("another machine reads the question, with the digits alone",
              said(elsewhere.back())[1:], ["Op welke dagen?"])
    state = elsewhere.back("--answer", say="Op maandag en vrijdag.")
    tap.equal("and answers", types(state)[-1], "answer")
    tap.check("the receipt never shows what the reporter wrote",
              "maandag" not in json.dumps(state) and "slaan" not in json.dumps(state), state)
    ran = elsewhere.text()
    text_has(tap, "as text", ran, "Dank u. Ik heb het gelezen.", "Op welke dagen?", "Wijkagent")
    tap.equal("which leaves nothing on that machine", ran.left, [])
    dutch = elsewhere.text(language="nl_NL.UTF-8")
    text_has(tap, "in Dutch too", dutch, "Op welke dagen?")
    for person in (wim, els):
        seen = person.ask("case", case)
        tap.equal(f"{person.name} reads the answer", said(seen)[-1], "Op maandag en vrijdag.")
    wrong = Reporter(street, receipt="0000 0000 0000 0000 0097")
    tap.equal("digits of no case", "error" in wrong.back(code=1), True)
    slip = jans.receipt[:-1] + str((int(jans.receipt[-1]) + 1) % 10)
    answer = Reporter(street, receipt=slip).back(code=None)
    tap.check("a slip in the digits is noticed", "error" in answer, answer)


def excluded(tap, street, agent, team):
    """Whom the reporter does not want to know, is not asked either."""
    case = Reporter(street).send(agent, signal(number="55", excluded=[team.link]))["case"]
    wim = agent.owner
    wim.ask("case", "acknowledge", case, "Dank u.")
    for act in ("consult", "invite", "hand-over"):
        tap.equal(f"who is excluded: no {act}", wim.ask(
            "case", act, case, team.link, "Weet u hiervan?", code=1)["error"], "excluded")
    wim.ask("case", "close", case, "advice_given", "Ik weet genoeg.")


def promises(tap, agent, jans, case):
    wim = agent.owner
    wim.ask("case", "promise", case, in_seconds(3600), "Binnen een uur weet u meer.")
    wim.ask("case", "follow-up", case, "Wij zijn langs geweest.")
    state = jans.back()
    tap.equal("a promise that is kept", (types(state)[-2:], state["overdue"]),
              (["promise", "follow_up"], False))
    tap.equal("p7: a promise has a date that comes",
              "error" in wim.ask("case", "promise", case, in_seconds(-60), "Gisteren.", code=None),
              True)
    # On a slow machine the first date may be over before it is promised.
    tap.check("a promise for very soon", any("error" not in wim.ask(
        "case", "promise", case, in_seconds(seconds), "Zo dadelijk.", code=None)
        for seconds in (2, 8, 32)))
    state = wait_until(jans.back, lambda state: "overdue" in types(state))
    tap.equal("p7: a promise that is missed brings in the fallback",
              (state["overdue"], types(state)[-2:]), (True, ["promise", "overdue"]))


def rotated(tap, street, agent, jans, case):
    """Another sealing key in the middle, and a colleague who leaves."""
    wim, els = agent.owner, agent.colleague
    before = wim.ask("inbox", "show")["sealing_number"]
    wim.ask("inbox", "rotate")
    tap.check("the key of the inbox changes",
              wim.ask("inbox", "show")["sealing_number"] > before)
    jans.back("--answer", say="Na de nieuwe sleutel.")
    for person in (wim, els):
        seen = person.ask("case", case)
        tap.check(f"{person.name} reads what was before it and after it",
                  {"Op maandag en vrijdag.", "Na de nieuwe sleutel."} <= set(said(seen)), seen)
    wim.ask("inbox", "drop", "Els")
    jans.back("--answer", say="Els leest dit niet.")
    wim.ask("case", "follow-up", case, "Els leest ook dit niet.")
    els.ask("sync", code=None)
    kept = json.dumps([els.ask("cases", code=None), els.ask("case", case, code=None),
                       els.ask("export", code=None)])
    tap.check("p5: who left the team reads nothing that follows",
              "Els leest" not in kept, kept)
    tap.check("nor may she act", "error" in els.ask("case", "follow-up", case, "Toch.", code=None))
    stranger = Reporter(street)
    stranger.send(agent, signal(seen="Na het vertrek van Els.", number="99"))
    els.ask("sync", code=None)
    tap.check("p5: nor what comes in", "vertrek" not in json.dumps(
        [els.ask("cases", code=None), els.ask("export", code=None)]))
    tap.equal("the others do", len(wim.ask("cases", "--find", "vertrek")["cases"]), 1)


def handed_over(tap, fallback, agent, team, jans, case):
    """Declined, then accepted: P6 at every step."""
    wim, tom, fatma = agent.owner, team.owner, fallback.owner
    wim.ask("case", "hand-over", case, team.link, "Dit hoort bij jullie.")
    tap.equal("p6: offered is not handed over", owners(wim.ask("case", case)), ["Wijkagent"])
    offered = only(case, tom)
    tap.equal("the other sees the offer", offered["role"], "offered")
    seen = tom.ask("case", case)
    tap.check("and why, but not yet the signal", said(seen) == ["Dit hoort bij jullie."]
              and "signal" not in seen, seen)
    tap.check("a decline has a reason", "error" in tom.ask("case", "decline", case, "", code=None))
    tom.ask("case", "decline", case, "Wij zitten vol.")
    state = wim.ask("case", case)
    tap.equal("p6: declined, it stays where it was", (owners(state), said(state)[-1]),
              (["Wijkagent"], "Wij zitten vol."))
    tap.equal("who declined has it no more", [
        c["case"] for c in tom.ask("cases")["cases"] if c["role"] != "former"], [])
    wim.ask("case", "hand-over", case, team.link, "Toch bij jullie.")
    tom.ask("case", "accept", case, "Wij nemen het over.")
    tap.equal("p6: accepted, it has one owner, another", (
        owners(tom.ask("case", case)), jans.back()["owner"]), (["Wijkteam"], "Wijkteam"))
    tap.check("the owner before may not act", "error" in wim.ask(
        "case", "follow-up", case, "Nog iets.", code=None))
    tap.equal("it reads what was before", tom.ask("case", case)["signal"]["seen"],
              "Ik hoor slaan.")
    tom.ask("case", "follow-up", case, "Vanaf nu het wijkteam.")
    tap.check("nor read what follows", "Vanaf nu" not in json.dumps(
        wim.ask("case", case, code=None)))
    tap.check("the fallback that was let in stays in", "Vanaf nu" in json.dumps(
        fatma.ask("case", case)))
    tap.check("it reads what was before it came", "Ik hoor slaan." in json.dumps(
        fatma.ask("case", case)))
    tap.equal("the reporter reads everything", said(jans.back())[-1], "Vanaf nu het wijkteam.")


def consulted(tap, agent, team, jans, case):
    """Advice without a handover, then side by side; notes are the own team's."""
    wim, tom = agent.owner, team.owner
    tom.ask("case", "consult", case, agent.link, "Kent u dit gezin?")
    tap.equal("consulted", only(case, wim)["role"], "consulted")
    wim.ask("case", "advise", case, "Bel eerst de school.")
    seen = tom.ask("case", case)
    tap.equal("the advice comes, and the case stays", (said(seen)[-1], owners(seen)),
              ("Bel eerst de school.", ["Wijkteam"]))
    tap.check("advice is not for the reporter", "school" not in json.dumps(jans.back()))
    tom.ask("case", "invite", case, agent.link, "Samen optrekken?")
    wim.ask("case", "accept", case, "Ja.")
    tap.equal("p6: joined, with one owner", (
        only(case, wim)["role"], owners(wim.ask("case", case))), ("joined", ["Wijkteam"]))
    tom.ask("case", "note", case, "Alleen voor het wijkteam.")
    wim.ask("case", "note", case, "Alleen voor de wijkagent.")
    notes = {p.name: [n["text"] for n in p.ask("case", case)["notes"]] for p in (tom, wim)}
    tap.equal("notes are the own team's", notes, {
        "Tom": ["Alleen voor het wijkteam."], "Wim": ["Alleen voor de wijkagent."]})
    text_has(tap, "as text", tom.run("case", case), "Alleen voor het wijkteam.")
    tap.check("and nobody else's", "Alleen voor" not in json.dumps(jans.back())
              and "de wijkagent." not in json.dumps(tom.ask("case", case)["notes"]))
    tom.ask("case", "assign", case, "Tom")
    tap.equal("who works on it", len(tom.ask("cases", "--show", "mine")["cases"]), 1)
    tom.ask("case", "urgency", case, "today", "Het wordt erger.")
    tap.equal("scaled up", jans.back()["urgency"], "today")


def erasing(tap, tom, jans, case):
    """Not before the reporter has come back for the closing word."""
    tap.equal("p6: an unread word is not erased", tom.ask(
        "case", "erase", "--yes", case, code=1)["error"], "word_unread")
    kept = tom.ask("case", case)
    tap.check("until when it is kept, and why", kept["word_unread"] and "erase" not in
              kept["acts"] and kept["kept_until"] > kept["last_time"], kept)
    text_has(tap, "as text", tom.run("case", case), "Closing word not read yet; kept until")
    tap.equal("who returns reads it, whatever happens then", (
        jans.back("--yes", "--erase", code=1)["error"], types(tom.ask("case", case))[-1]),
              ("forbidden", "close_read"))
    tap.check("read, it may be erased", "erase" in tom.ask("case", case)["acts"])
    tap.check("erasing asks first", "error" in tom.ask("case", "erase", case, code=None) or
              tom.run("case", "erase", case).returncode == 2)
    tom.ask("case", "erase", "--yes", case)


def closed(tap, street, team, others, jans, case):
    tom = team.owner
    tap.check("p7: no close without a word", "error" in tom.ask(
        "case", "close", case, "help_started", "", code=None))
    tap.check("nor without an outcome", "error" in tom.ask(
        "case", "close", case, "done", "Klaar.", code=None))
    tom.ask("case", "close", case, "help_started", "Er is nu hulp in huis.")
    state = jans.back()
    tap.equal("closed with a word", (state["state"], said(state)[-1],
                                     state["timeline"][-1]["outcome"]),
              ("closed", "Er is nu hulp in huis.", "help_started"))
    tap.equal("the word was read", types(tom.ask("case", case))[-1], "close_read")
    state = jans.back("--goes-on", "--urgency", "today", say="Het gaat door.")
    tap.equal("it goes on", (state["state"], types(state)[-1], state["owner"]),
              ("new", "reopened", "Wijkteam"))
    tap.equal("p7: the clock runs again", state["until"] > time.time() * 1000, True)
    seen = tom.ask("case", case)
    tap.equal("with the reporter's words", said(seen)[-1], "Het gaat door.")
    tom.ask("case", "acknowledge", case, "Wij komen vandaag.")
    tom.ask("case", "close", case, "reported_on", "Overgedragen aan Veilig Thuis.")
    erasing(tap, tom, jans, case)
    operator(street, "retain")
    ended = jans.back(code=None)
    tap.check("with the others it is over, whether they saw that or not", all(
        case not in json.dumps(person.ask("cases")) for person in others))
    tap.check("erased on request: nothing is left to read",
              ended.get("state") == "erased" and not said(ended), ended)


def named(tap, street, agent):
    """From the street, with a name, kept promise of the relay and all; taken back."""
    reporter = Reporter(street)
    arrival = street.directory / "arrival"
    answer = reporter.send(agent, dict(
        signal(kind="named", reach="identity", seen="Ik ben de buurvrouw.", number="40"),
        identity={"name": "Mevrouw De Boer", "contact": "06-12345678"}),
        "--arrival", str(arrival))
    tap.equal("the relay's promise is kept by who wants it", arrival.read_text().strip(),
              answer["arrival"])
    wim = agent.owner
    seen = wim.ask("case", answer["case"])
    tap.equal("named", seen["identity"], {"name": "Mevrouw De Boer", "contact": "06-12345678"})
    tap.equal("the earlier signal on the address stands on top",
              (seen["earlier"], len(seen["earlier_signals"])), (1, 1))
    ran = wim.run("case", answer["case"])
    text_has(tap, "as text", ran, "Mevrouw De Boer", "1 earlier signal on this address")
    tap.check("at the top", ran.stdout.index("earlier signal") < ran.stdout.index("State"), ran)
    state = reporter.back("--withdraw", say="Ik vergiste mij.")
    tap.equal("withdrawn", (state["state"], state["withdrawn"]), ("closed", True))
    tap.equal("and the team sees why", said(wim.ask("case", answer["case"]))[-1],
              "Ik vergiste mij.")
    back = reporter.text()
    tap.check("the name is not shown to who has the digits", "De Boer" not in back.stdout, back)


def overdue(tap, street, fallback, slow):
    """Nobody opens it: the fallback does, and takes it over. Then it is gone in time."""
    reporter = Reporter(street)
    answer = reporter.send(slow, signal(number="77", seen="Niemand kijkt."))
    case, fatma = answer["case"], fallback.owner
    listed = json.dumps(fatma.ask("cases", "--show", "all"))
    tap.check("before the deadline the fallback sees no case",
              case not in listed or time.time() * 1000 >= answer["until"], listed)
    state = wait_until(reporter.back, lambda state: "overdue" in types(state))
    tap.equal("p7: overdue, and the fallback is in", (types(state)[:2], sorted(
        party["role"] for party in state["parties"])), (["submitted", "overdue"],
                                                        ["joined", "owner"]))
    tap.equal("p7: not opened", (state["opened"], state["not_opened"]), (False, True))
    text_has(tap, "p7: not opened: call", reporter.text(), "0800-2000")
    seen = fatma.ask("case", case)
    tap.equal("it reads the signal", seen["signal"]["seen"], "Niemand kijkt.")
    tap.check("overdue ones are listed", case in json.dumps(fatma.ask(
        "cases", "--show", "overdue")))
    fatma.ask("case", "accept", case, "Wij pakken het op.")
    state = reporter.back()
    tap.equal("p6: and takes it over", (state["owner"], state["opened"], said(state)),
              ("Veilig Thuis", True, ["Wij pakken het op."]))


def retained(tap, street, slow):
    sam = slow.owner
    reporter = Reporter(street)
    case = reporter.send(slow, signal(number="78"))["case"]
    sam.ask("case", "acknowledge", case, "Gezien.", code=None)
    sam.ask("case", "close", case, "no_ground", "Er was niets.")
    tap.equal("unread, it is kept", reporter.back()["state"], "closed")
    ended = wait_until(lambda: reporter.back(code=None),
                       lambda state: state.get("state") == "erased")
    tap.equal("read, it is gone when its time is over", ended.get("state"), "erased")
    operator(street, "retain")
    sam.ask("sync")
    found = only(case, sam, "--show", "all")
    tap.check("with the team it is over, too", found["state"] == "erased" or
              found["role"] == "former", found)


def main():
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        fallback, agent, team, slow, agent_colleague = make_inboxes(street)
        agent.colleague = agent_colleague
        jans, case = member_signals(tap, street, agent)
        answered(tap, street, agent, jans, case)
        named(tap, street, agent)
        excluded(tap, street, agent, team)
        promises(tap, agent, jans, case)
        rotated(tap, street, agent, jans, case)
        handed_over(tap, fallback, agent, team, jans, case)
        consulted(tap, agent, team, jans, case)
        closed(tap, street, team, (fallback.owner, agent.owner), jans, case)
        overdue(tap, street, fallback, slow)
        retained(tap, street, slow)
        tap.equal("nobody saw an alarm", [
            inbox.owner.alarms() for inbox in (fallback, agent, team, slow)], [[]] * 4)
    tap.finish()


main()
