#!/usr/bin/env python3
"""A relay that lies, between kring and a real kringd: each lie is found out by the name of its
alarm, and nothing false is shown.

lying_relay_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE
"""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from between import Lie, encode  # noqa: E402
from cli import TIMEOUT_S, Person, Street, environment, grant, settle  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402
from lies import Answers, Hello, Switch, at_type, flipped, with_head  # noqa: E402

TIMEOUT = ("--timeout", str(TIMEOUT_S // 2))
AFTER_S = 5


def alarmed(person):
    """Is online until an alarm is told, and a little longer: a relay that hides something never
    lets a client catch up."""
    process = subprocess.Popen(person.command(*TIMEOUT, "sync"), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, env=environment())
    for line in process.stderr:
        if line.startswith("ALARM"):
            break
    try:
        process.communicate(timeout=AFTER_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate()


class Posts(Lie):
    """Changes what is delivered of one topic's posts, keeping the true numbers and hashes."""

    def __init__(self, change):
        self.change = change

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") != "event" or answer.get("type") != "post":
            return [message]
        return self.change(answer, body)


class Reordered(Lie):
    """The first two posts come the other way round."""

    def __init__(self):
        self.kept = []

    def to_client(self, message):
        if message[0].get("type") != "post" or self.kept is None:
            return [message]
        self.kept.append(message)
        if len(self.kept) < 2:
            return []
        both, self.kept = self.kept[::-1], None
        return both


def changed_body(event, body):
    return [(event, flipped(body))]


def dropped(number):
    """A lie about which post is left out, consistently numbered or not."""
    state = {"left": number}

    def change(event, body):
        if event["type"] == "post":
            state["left"] -= 1
            if state["left"] == 0:
                return []
        return [(event, body)]
    return change


class Scene:
    """A coordinator who is told the truth, and for each lie a neighbour who is not."""

    def __init__(self, street, tap):
        self.street, self.tap, self.number = street, tap, 0
        self.anna = street.founder("Anna")
        self.switches = []

    def close(self):
        for switch in self.switches:
            switch.between.close()

    def neighbour(self):
        """Somebody in the group behind a relay that may lie."""
        self.number += 1
        name = f"Buur{self.number}"
        switch = Switch(self.street.relay.port)
        self.switches.append(switch)
        person = Person(self.street.kring, self.street.directory, name, switch,
                        self.street.cheap)
        person.join(self.anna.ask("invite")["link"])
        self.anna.ask("admit", name)
        settle(person, self.anna, person, rounds=1)
        return person, switch

    def expect(self, name, person, alarm, true_texts=(), false_text=None):
        alarmed(person)
        alarms = person.alarms()
        self.tap.check(f"{name}: {alarm}", alarm in alarms, alarms)
        shown = json.dumps([person.ask("--offline", "feed", "--show", "all", code=None)])
        if false_text:
            self.tap.check(f"{name}: nothing false is shown", false_text not in shown, shown)
        for text in true_texts:
            self.tap.check(f"{name}: the truth until then is shown", text in shown, shown)


def streams(scene, tap):
    """What is delivered is not what was ordered, under the true hashes."""
    anna = scene.anna
    # Name, the lie, whether the second post may still be shown.
    lies = [
        ("a changed message", lambda: Posts(changed_body), "hash_mismatch"),
        ("a dropped message", lambda: Posts(dropped(1)), "hash_mismatch"),
        ("two in another order", Reordered, "hash_mismatch"),
        ("another time of day", lambda: Posts(
            lambda event, body: [(dict(event, time=event["time"] - 86400000), body)]),
         "hash_mismatch"),
        ("another author", lambda: Posts(
            lambda event, body: [(dict(event, author=encode(bytes(32))), body)]),
         "hash_mismatch"),
    ]
    person, switch = scene.neighbour()
    for i, (name, lie, alarm) in enumerate(lies):
        person.ask("sync", code=None)
        before = person.alarms().count(alarm)
        anna.ask("chat", f"eerste {i}")
        anna.ask("chat", f"tweede {i}")
        switch.make = lie
        alarmed(person)
        tap.check(f"{name}: {alarm}", person.alarms().count(alarm) > before, person.alarms())
        shown = json.dumps(person.ask("--offline", "feed", "--show", "all", code=None))
        tap.check(f"{name}: nothing is shown after it", f"tweede {i}" not in shown, shown)
        switch.tell_truth()
        person.run(*TIMEOUT, "sync")
        shown = json.dumps(person.ask("--offline", "feed", "--show", "all", code=None))
        tap.check(f"{name}: with the truth it goes on",
                  f"eerste {i}" in shown and f"tweede {i}" in shown, shown)
    anna.ask("chat", "tweemaal")
    switch.make = lambda: Posts(lambda event, body: [(event, body)] * 2)
    tap.equal("a repeated message is shown once",
              (person.ask("sync", code=None), person.texts().count("tweemaal"))[1], 1)
    switch.make = lambda: Posts(lambda event, body: [
        (event, body), (dict(event, hash=encode(bytes(32))), body)])
    anna.ask("chat", "nog eens, maar anders")
    scene.expect("repeated with another hash", person, "history_rewritten",
                 ["nog eens, maar anders"])


def forks(scene, tap):
    """Two members see different pasts, each consistent in itself."""
    anna = scene.anna
    person, switch = scene.neighbour()
    other, _ = scene.neighbour()
    person.ask("sync", code=None)
    # From here on the relay hides one message from this member, and hashes anew.
    anna.ask("chat", "verzwegen")
    hidden = anna.feed()[-1]["seq"]
    switch.rewrite(lambda event, body: [] if (
        event["type"] == "post" and event["seq"] == hidden) else [(event, body)])
    other.ask("chat", "daarna")
    scene.expect("a hidden message (fork)", person, "fork", false_text="verzwegen")


def pasts(scene, tap):
    """A whole past that is consistent, but not what was signed."""
    anna = scene.anna

    def lie(name, alarm, change, act, false_text=None):
        person, switch = scene.neighbour()
        act(person)
        switch.rewrite(change)
        scene.expect(name, person, alarm, false_text=false_text)
        return person

    account = encode(b"\x05" * 32)
    lie("an admission for another account", "head_mismatch",
        with_head("admitted", account=account), lambda p: scene.neighbour())
    lie("a member by itself", "unsigned", at_type("rules", lambda event, body: [
        (dict(event, type="admitted", account=account), b"\0" * 217)]),
        lambda p: anna.ask("rules", "set", "Wees stil."))
    lie("an invitation for more uses", "head_mismatch",
        with_head("invited", count=1000), lambda p: anna.ask("invite"))
    lie("an invitation with another key", "head_mismatch",
        with_head("invited", key=account), lambda p: anna.ask("invite"))
    lie("rules that nobody signed", "unsigned", at_type("rules", lambda event, body: [
        (event, flipped(body))]), lambda p: anna.ask("rules", "set", "Wees luid."))
    victim, _ = scene.neighbour()
    lie("a hidden removal", "fork",
        lambda event, body: [] if event["type"] in ("removed", "group_left") else (
            [(dict(event, removed=[]), body)] if event.get("removed") else [(event, body)]),
        lambda p: (anna.ask("remove", "--yes", victim.name, "Weg."), settle(anna)))
    lie("another routing than the commit says", "routing_mismatch",
        at_type("commit", lambda event, body: [(dict(event, added=[account]), body)]),
        lambda p: anna.ask("slow-mode", "1"))
    lie("a commit with another body", "head_mismatch",
        at_type("commit", changed_body), lambda p: anna.ask("slow-mode", "0"))
    lie("a message under another author", "false_event",
        at_type("post", lambda event, body: [(dict(event, author=account), body)]),
        lambda p: anna.ask("chat", "van wie"), "van wie")


def names(scene, tap):
    person, switch = scene.neighbour()
    switch.make = lambda: Hello(relay="elders.test")
    scene.expect("another relay's name", person, "relay_changed")
    person, switch = scene.neighbour()
    # What is another incarnation to the client must not reach the relay.
    switch.make = lambda: Restored()
    scene.expect("another incarnation, with events missing", person, "incarnation_lost")


class Restored(Lie):
    """The relay says that it was restored; the event that the client saw last is another."""

    def __init__(self):
        self.subscriptions, self.heads = set(), set()

    def to_relay(self, message):
        request = message[0]
        if request["verb"] == "topic.subscribe":
            self.subscriptions.add(request["id"])
        elif request["verb"] == "topic.head":
            self.heads.add(request["id"])
        return [message]

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") == "hello":
            return [(dict(answer, incarnation=encode(b"\x09" * 16)), body)]
        if answer.get("re") in self.subscriptions:
            return [({"re": answer["re"], "error": "incarnation", "text": "", "retry": "rebase",
                      "incarnation": encode(b"\x09" * 16)}, None)]
        if answer.get("re") in self.heads:
            return [(dict(answer, at_hash=encode(b"\x07" * 32)), body)]
        if answer.get("verb") == "event":
            return []
        return [message]


def packages(scene, street, tap):
    """The coordinator's relay hands out another key package than the newcomer's."""
    switch = Switch(street.relay.port)
    scene.switches.append(switch)
    bea = Person(street.kring, street.directory, "Bea", switch, street.cheap)
    bea.init()
    bea.ask("found", "De Eiken", stdin=grant(street.kringctl, street.relay) + "\n")
    first, = street.neighbours(bea, "Co")
    taken = {}

    def swap(request, answer, body):
        """Co's package in place of whoever's."""
        return answer, taken.setdefault("package", body)

    switch.make = lambda: Answers("keys.fetch", swap)
    taken.clear()
    link = bea.ask("invite", "--uses", "2")["link"]
    people = [street.person(name) for name in ("Dik", "Els")]
    for person in people:
        person.join(link)
    for person in people:
        bea.ask("admit", person.name)
        settle(person, bea, person, rounds=1)
    scene.expect("another one's key package", bea, "key_package_swapped")
    tap.equal("nobody comes in under a false name", bea.ask(
        "--offline", "groups", code=None)["groups"][0]["members"], 3)
    switch.tell_truth()
    settle(people[1], bea, people[1], rounds=1)
    tap.equal("and with the true one he is in", people[1].ask("groups", code=None)["groups"][0]
              ["members"] if people[1].ask("groups", code=None)["groups"] else 0, 4)
    tap.check("the first neighbour saw nothing wrong", first.alarms() == [], first.alarms())


def main():
    tap = Tap()
    kring, kringd, kringctl, cheap = sys.argv[1:5]
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            Street(kring, kringctl, relay.start(), cheap) as street:
        scene = Scene(street, tap)
        for part in (streams, forks, pasts, names):
            part(scene, tap)
        packages(scene, street, tap)
        tap.equal("who was told the truth saw no lie", [
            name for name in scene.anna.alarms() if name != "fork"], [])
        scene.close()
    tap.finish()


main()
