#!/usr/bin/env python3
"""The demonstration of deploy/run: deploy/demonstration fills a relay by kring alone, and what it
wrote is what story.py says; then every command that README.md shows prints there what README.md
says. With --write, README.md is given what they print.

deploy_run_test.py KRING KRINGD KRINGCTL [--write]
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "protocol"))
sys.path.insert(0, str(ROOT / "deploy"))

import story  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

TIMEOUT_S = 600


class Demonstration:
    """A filled relay, and deploy/as at it."""

    def __init__(self, programs, relay, directory):
        self.kring, self.kringctl = programs
        self.relay, self.people = relay, Path(directory) / "people"
        self.url = f"ws://localhost:{relay.port}/kring"
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "KRING": self.kring,
                            "KRING_PEOPLE": str(self.people)}

    def make(self):
        return subprocess.run(
            [ROOT / "deploy" / "demonstration", "--kring", self.kring, "--kringctl", self.kringctl,
             "--socket", self.relay.control, "--url", self.url, "--app", "http://localhost/",
             self.people], capture_output=True, text=True, timeout=TIMEOUT_S)

    def run(self, *words, stdin=""):
        return subprocess.run([ROOT / "deploy" / "as", *words], input=stdin, capture_output=True,
                              text=True, timeout=TIMEOUT_S, env=self.environment)

    def ask(self, who, *words, stdin=""):
        ran = self.run(who, "--json", *words, stdin=stdin)
        assert ran.returncode == 0, (who, words, ran.stdout, ran.stderr)
        return json.loads(ran.stdout.splitlines()[-1])

    def returned(self, label):
        """What the reporter reads, with the digits."""
        return self.ask("nobody", "return", "--url", self.url,
                        stdin=(self.people / "receipts" / label).read_text())


def communities(tap, here):
    for name, community in story.COMMUNITIES.items():
        who = community["residents"][-1]
        members = {m["name"]: m["role"] for m in here.ask(who, "members")["members"]}
        expected = {story.PEOPLE[p][0]: "coordinator" for p in community["founders"]}
        expected.update({story.PEOPLE[p][0]: "resident" for p in community["residents"]})
        tap.equal(f"{name}: who is there", members, expected)
        feed = here.ask(who, "feed", "--show", "all", "--max", "50")["messages"]
        texts = [m.get("text") for m in feed]
        removed = {reason for _, _, reason in community["taken_down"]}
        tap.equal(f"{name}: everything is there, in order", [
            text for text in texts if text in {p[3] for p in community["posts"]}],
            [p[3] for p in community["posts"]][:len(community["posts"]) - len(removed)])
        tap.equal(f"{name}: taken down, with the reason",
                  {m["taken_down"] for m in feed if "taken_down" in m}, removed)
        tap.equal(f"{name}: rules", here.ask(who, "rules")["text"], community["rules"])
        tap.equal(f"{name}: guidance", [g["text"] for g in here.ask(who, "guidance")["guidance"]],
                  [community["guidance"]])
        tap.equal(f"{name}: inboxes", sorted(
            inbox["name"] for inbox in here.ask(who, "inboxes")["inboxes"]), sorted(story.INBOXES))
        tap.equal(f"{name}: what professionals tell", sorted(
            notice["title"] for notice in here.ask(who, "notices")["notices"]), sorted(
            title for inbox in story.INBOXES.values() for _, title, _ in inbox["told"]))
    tap.equal("a circle", [m["text"] for m in here.ask(
        "ria", "feed", "--show", "all", "--group", "Om meneer De Wit")["messages"]
        if "text" in m], ["Ik geef de kat eten tot hij thuis is.",
                          "Dan doe ik de boodschappen op vrijdag."])


def cases(tap, here):
    ids = {path.name: path.read_text().strip() for path in (here.people / "cases").iterdir()}
    wijkagent = {c["case"]: c for c in here.ask("marieke", "cases", "--show", "all")["cases"]}
    other = {c["case"]: c for c in here.ask("ingrid", "cases", "--show", "all")["cases"]}
    states = {label: here.returned(label) for label in story.SIGNALS}
    tap.equal("every signal has a case", set(ids), set(story.SIGNALS))
    tap.equal("states", {label: state["state"] for label, state in states.items()}, {
        "vergeten": "new", "verward": "open", "huilen": "open", "speeltuin": "closed",
        "gil": "new"})
    tap.check("overdue, and the fallback is in", states["vergeten"]["overdue"] and
              other.get(ids["vergeten"], {}).get("role") == "joined", states["vergeten"])
    tap.equal("handed over", (other.get(ids["verward"], {}).get("role"),
                              wijkagent[ids["verward"]]["role"]), ("owner", "former"))
    words = [event.get("text") for event in states["huilen"]["timeline"]]
    tap.check("acknowledged, asked, promised", words[-1] == story.CASES["huilen"][-1][2] and
              states["huilen"]["timeline"][-1]["type"] == "promise", words)
    tap.check("the answer has come", story.CASES["huilen"][2][2] in json.dumps(
        here.ask("marieke", "case", ids["huilen"]), ensure_ascii=False))
    tap.equal("an earlier signal on the address",
              wijkagent[ids["gil"]]["earlier"], 1)
    tap.equal("nobody saw anything wrong", [here.ask(who, "--offline", "alarms")["alarms"]
                                            for who in story.PEOPLE], [[]] * len(story.PEOPLE))


# ---- README.md ----------------------------------------------------------------------------


def told(text):
    """[command, what it printed] of the story in README.md, and where it stands."""
    begin = text.index("```\n$ deploy/as")
    end = text.index("```", begin + 4)
    steps = text[begin + 4:end].split("$ deploy/as ")[1:]
    return begin + 4, end, [step.split("\n", 1) for step in steps]


def happens(here, command):
    """What a command of README.md prints here."""
    for shown, real in (("build/run/people", str(here.people)),
                        ("ws://localhost:8463/kring", here.url)):
        command = command.replace(shown, real)
    ran = subprocess.run(["bash", "-c", "deploy/as " + command], cwd=ROOT, env=here.environment,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_S)
    return ran.stdout if ran.returncode == 0 else f"exit {ran.returncode}\n{ran.stdout}"


def lasting(text):
    """Lines without what differs every time: ids, digits, times, the width of columns; and in
    no order, since the soonest clock comes first and clocks know office hours."""
    text = re.sub(r"[\w-]{8,}|\d+", "*", text)
    return sorted(" ".join(line.split()) for line in text.splitlines())


def readme(tap, here, write):
    path = ROOT / "README.md"
    text = path.read_text()
    begin, end, steps = told(text)
    now = [(command, happens(here, command)) for command, _ in steps]
    if write:
        lines = "\n".join(f"$ deploy/as {command}\n{printed}" for command, printed in now)
        lines = "\n".join(line.rstrip() for line in lines.split("\n"))
        path.write_text(text[:begin] + lines + text[end:])
        return
    for (command, shown), (_, printed) in zip(steps, now):
        tap.equal(f"README.md: {command}", lasting(printed.strip()), lasting(shown.strip()))


def main():
    kring, kringd, kringctl = map(os.path.abspath, sys.argv[1:4])
    tap = Tap()
    with Relay(kringd, settings=NO_QUOTA) as relay, \
            tempfile.TemporaryDirectory(prefix="kring-demonstration-") as directory:
        relay.config.write_text(relay.config.read_text().replace("relay.test", "localhost"))
        here = Demonstration((kring, kringctl), relay.start(), directory)
        made = here.make()
        if tap.check("it is made", made.returncode == 0, made.stdout + made.stderr):
            communities(tap, here)
            cases(tap, here)
            readme(tap, here, sys.argv[4:] == ["--write"])
        again = here.make()
        tap.check("not twice", again.returncode == 1 and "not finished" in again.stderr, again)
    tap.finish()


main()
