"""People with a keystore each, at one relay, by the kring program alone."""
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

TIMEOUT_S = 120
# Whoever is let in is told the others' names by then, times the leaves and one: group/join.c.
NAME_S = 5


def environment(language="C.UTF-8", home="/nonexistent"):
    """Of the machine's own only the path: no language, zone or home of whoever runs this."""
    return {"PATH": os.environ["PATH"], "LC_ALL": language, "TZ": "UTC", "HOME": str(home)}


class Refused(Exception):
    """A command that was to succeed did not."""


class Person:
    """One device: a keystore below directory, and kring with it. With cheap (the program
    cheap_keystore) its passphrase costs nothing, so that each kring takes less long."""

    def __init__(self, kring, directory, name, relay=None, cheap=None):
        self.kring, self.name = kring, name
        self.keystore = Path(directory) / name
        self.passphrase = Path(directory) / f"{name}.pass"
        self.passphrase.write_text(f"passphrase of {name}\n")
        self.passphrase.chmod(0o600)
        self.relay = relay
        if cheap:
            subprocess.run([cheap, str(self.keystore), str(self.passphrase)], timeout=TIMEOUT_S,
                           check=True)

    def command(self, *words):
        return [self.kring, "--keystore", str(self.keystore), "--passphrase-file",
                str(self.passphrase), *words]

    def run(self, *words, stdin="", language="C.UTF-8"):
        """The ended process, with text."""
        return subprocess.run(
            self.command(*words), input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S,
            env=environment(language))

    def ask(self, *words, stdin="", code=0):
        """The answer as an object; the exit code has to be this one (None: any)."""
        ran = self.run("--json", *words, stdin=stdin)
        if code is not None and ran.returncode != code:
            raise Refused(f"{self.name}: kring {' '.join(words)}: exit {ran.returncode}\n"
                          f"{ran.stdout}{ran.stderr[-3000:]}")
        return json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else {}

    def init(self):
        return self.ask("init", url(self.relay), "--relay", "relay.test", "--name", self.name,
                        "--app", "https://app.test/")

    def join(self, link, note="Nummer 7", code=0):
        return self.ask("join", "-", "--url", url(self.relay), "--name", self.name,
                        "--note", note, stdin=link, code=code)

    def feed(self, *words):
        return self.ask("feed", "--show", "all", *words)["messages"]

    def texts(self, *words):
        """What is to be read, oldest first."""
        return [message["text"] for message in self.feed(*words) if "text" in message]

    def alarms(self):
        """The names of what was found out, without asking the relay again."""
        answer = self.ask("--offline", "alarms", code=None)
        return [alarm["name"] for alarm in answer["alarms"]]


class Street:
    """People at one relay, and a directory for what they have. A context."""

    def __init__(self, kring, kringctl, relay, cheap):
        self.kring, self.kringctl, self.relay, self.cheap = kring, kringctl, relay, cheap

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="kring-street-")
        self.directory = Path(self.scratch.name)
        return self

    def __exit__(self, *_):
        self.scratch.cleanup()

    def person(self, name):
        return Person(self.kring, self.directory, name, self.relay, self.cheap)

    def founder(self, name, community="De Linden"):
        """Somebody who has founded a community alone."""
        person = self.person(name)
        person.init()
        person.ask("found", community, stdin=grant(self.kringctl, self.relay) + "\n")
        return person

    def neighbours(self, coordinator, *names):
        """People who were invited, have asked, were admitted and are in the group."""
        link = coordinator.ask("invite", "--uses", str(len(names)))["link"]
        people = [self.person(name) for name in names]
        for person in people:
            person.join(link)
        for name in names:
            coordinator.ask("admit", name)
        # Their key packages, her commit, their Welcomes.
        settle(*people, coordinator, *people, rounds=1)
        return people

    def file(self, name, text):
        """A file that only we may read."""
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)


def settle(*people, rounds=2):
    """Everybody is online one after the other: what waits for others happens."""
    for _ in range(rounds):
        for person in people:
            person.ask("sync", code=None)


def say_names(*people):
    """Until none of them owes a name to those who came in: nothing is posted by itself then.
    Twice around before, so that all know who came in, and after, so that all have said it."""
    settle(*people)
    members = max(group["members"] for group in people[0].ask("groups")["groups"])
    leaves = 1 << (members - 1).bit_length()  # of the tree, some of them blank
    time.sleep(NAME_S * (1 + leaves) + 1)
    settle(*people)


def url(relay):
    return f"ws://127.0.0.1:{relay.port}/kring"


def grant(kringctl, relay):
    """A code of the operator's to found a community with."""
    ran = subprocess.run([kringctl, "--socket", relay.control, "--json", "grant", "community"],
                         capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return json.loads(ran.stdout)["code"]
