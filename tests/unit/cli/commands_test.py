#!/usr/bin/env python3
"""What kring makes of a command line: the requests to the core, the answer, the exit code.

The program is kring itself with a session on paper (paper_session.c): a table of answers in
place of keystore and relay.

commands_test.py PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protocol"))
from kringd import Tap  # noqa: E402

ANNA, JAN, JAN2, EVE = "anna00aaaaaa", "jan000bbbbbb", "jan111cccccc", "eve000dddddd"
COMMUNITY, GROUP, CIRCLE = "comm00aaaaaa", "group0aaaaaa", "circle0bbbbb"
LINK = "https://app.example/#1." + "A" * 43 + "." + "A" * 43 + ".relay.example"

ESCAPES = "\x1b]0;pwned\x07\x1b[2J\u202eevil"
CONCERN = {
    "seq": 12, "time": 1790000000000, "author": JAN, "name": "Jan", "me": False, "event": "ev12",
    "kind": "concern", "category": "shouting", "text": "Weer geschreeuw.\n" + ESCAPES,
    "since": {"precision": "month", "time": 1759300000000}, "how_often": "weekly",
    "where": "nummer 12", "edited": False, "retracted": False, "corroborations": 2,
    "corroborated": False, "comments": 1, "called_112": 1}
CHAT = dict(CONCERN, seq=13, kind="chat", text="Wie heeft een ladder?", corroborations=0,
            comments=0, called_112=0)
for field in ("category", "since", "how_often", "where"):
    del CHAT[field]

PAPER = {
    "status": {"account": ANNA, "device": "dev0", "name": "Anna", "relay": "relay.example",
               "url": "wss://relay.example/kring", "connection": "online", "outbox": 0,
               "alarms": 0, "communities": 1, "caught_up": True},
    "communities": {"communities": [
        {"community": COMMUNITY, "group": GROUP, "name": "De Linden", "role": "coordinator",
         "members": 4, "coordinators": 1, "slow_mode": 0, "requests": 1}]},
    "members": {"members": [
        {"account": ANNA, "name": "Anna", "same_name": False, "role": "coordinator",
         "since": 1790000000000, "devices": 1, "in_group": True, "me": True},
        {"account": JAN, "name": "Jan", "same_name": True, "role": "resident",
         "since": 1790000000000, "devices": 1, "in_group": True, "me": False},
        {"account": JAN2, "name": "Jan", "same_name": True, "role": "resident",
         "since": 1790000000000, "devices": 1, "in_group": True, "me": False},
        {"account": EVE, "name": "Eve " + ESCAPES, "same_name": False, "role": "resident",
         "since": 1790000000000, "devices": 1, "in_group": True, "me": False}]},
    "requests": {"requests": [
        {"account": "piet00eeeeee", "name": "Piet", "check": "Nummer 7", "asked": 1790000000000,
         "invited_by": ANNA, "key": "key000ffffff"}]},
    "invitations": {"invitations": [
        {"key": "key000ffffff", "by": ANNA, "until": 1790000000000, "uses": 1, "used": 0,
         "state": "open"}]},
    "inboxes": {"inboxes": [
        {"identity_key": "inbox0gggggg", "name": "Wijkteam", "relay": "r", "fingerprint": "1234"}]},
    "devices": {"devices": [{"device": "dev000hhhhhh", "me": True, "removed": False}]},
    "groups": {"groups": [
        {"group": GROUP, "community": COMMUNITY, "name": "De Linden", "main": True, "members": 4,
         "admin": True, "state": "in", "epoch": 3, "unread": 0, "last": 1790000000000},
        {"group": CIRCLE, "community": COMMUNITY, "name": "Om nummer 12", "main": False,
         "members": 2, "admin": True, "state": "in", "epoch": 1, "unread": 2,
         "last": 1790000000000}]},
    "group_members": {"members": []},
    "feed": {"messages": [CONCERN], "more": False},
    "message": dict(CONCERN, thread=[CHAT], earlier=["Geschreeuw."]),
    "rules": {"text": "Wees aardig.", "since": 1},
    "guidance": {"guidance": [{"text": "Bel 0800-2000.", "pinned": True, "by": ANNA, "time": 1}]},
    "log": {"entries": [{"seq": 4, "time": 1790000000000, "by": ANNA, "what": "removed",
                         "account": "gone00zzzzzz", "reason": "Ruzie"}]},
    "safety": {"number": "12345" * 12, "mine": "a", "theirs": "b"},
    "outbox": {"ops": []},
    "alarms": {"alarms": []},
    "notices": {"notices": [
        {"seq": 9, "ref": {"author": ANNA, "event": "p9"}, "inbox": "i", "name": "Wijk\u001bteam", "event": "n1", "kind": "guidance",
         "title": "Een oude buur", "text": "Bel aan.\u0007", "made": 1790000000000,
         "expired": False},
        {"seq": 8, "inbox": "i", "name": "Wijkteam", "event": "n0", "kind": "notice",
         "title": "Inloopuur", "text": "Dinsdag.", "made": 1780000000000,
         "until": 1785000000000, "expired": True}]},
    "export": {"account": ANNA},
    "invite": {"ok": True, "link": LINK, "key": "k", "until": 1790000000000},
    "concern": {"ok": True, "event": "e", "seq": 14, "time": 1790000000000},
    "found_prepare": {"ok": True, "content": "CONTENT", "recovery": "1234 5678"},
    "found": {"ok": True, "community": COMMUNITY, "group": GROUP},
    "founder_card": {"ok": True, "card": "CARD"},
    "tells": [{"tell": "message", "group": GROUP, "seq": 12},
              {"tell": "alarm", "alarm": 1, "name": "fork"},
              {"tell": "changed", "what": "members"}],
}

INBOX_LINK = "https://x.example/melden#2.aWQ.a2V5"
REF = {"author": JAN, "event": "ev12"}
FEED_12 = {"ask": "feed", "group": GROUP, "show": "all", "before": 13, "max": 1}

# name, arguments, standard input ("own": message 12 is one's own), what is done in the end (None: nothing), exit code
REQUESTS = [
    ("a member by a unique name", ["safety", "Anna"], "",
     {"ask": "safety", "community": COMMUNITY, "account": ANNA}, 0),
    ("a member by the beginning of the id", ["safety", "jan000"], "",
     {"ask": "safety", "community": COMMUNITY, "account": JAN}, 0),
    ("a member by the whole id", ["safety", JAN2], "",
     {"ask": "safety", "community": COMMUNITY, "account": JAN2}, 0),
    ("a name that two have", ["safety", "Jan"], "", None, 1),
    ("a beginning that is too short", ["safety", "jan00"], "", None, 1),
    ("nobody of that name", ["safety", "Karel"], "", None, 1),
    ("a member's name is not shortened", ["safety", "Ann"], "", None, 1),
    ("a community by the beginning of its name", ["rules", "-c", "de l"], "",
     {"ask": "rules", "community": COMMUNITY}, 0),
    ("a community that is not there", ["rules", "-c", "Noord"], "", None, 1),
    ("a group by its name", ["feed", "--group", "om nummer"], "",
     {"ask": "feed", "group": CIRCLE}, 0),
    ("options of the feed", ["feed", "--show", "chat", "--before", "20", "--max=5"], "",
     {"ask": "feed", "group": GROUP, "show": "chat", "before": 20, "max": 5}, 0),
    ("a number that is none", ["feed", "--max", "5x"], "", None, 2),
    ("admit", ["admit", "Piet"], "",
     {"do": "admit", "community": COMMUNITY, "account": "piet00eeeeee"}, 0),
    ("admit takes who asks, not who is in", ["admit", "Anna"], "", None, 1),
    ("refuse with the rest of the words", ["refuse", "Piet", "Niet", "uit", "de", "buurt."], "",
     {"do": "refuse", "community": COMMUNITY, "account": "piet00eeeeee",
      "reason": "Niet uit de buurt."}, 0),
    ("a reason from standard input", ["refuse", "Piet"], "Niet uit de buurt.\n",
     {"do": "refuse", "community": COMMUNITY, "account": "piet00eeeeee",
      "reason": "Niet uit de buurt."}, 0),
    ("a reason is needed", ["refuse", "Piet"], "", None, 2),
    ("remove asks first", ["remove", "jan000", "Daarom"], "", None, 2),
    ("remove with --yes", ["remove", "--yes", "jan000", "Daarom"], "",
     {"do": "remove", "community": COMMUNITY, "account": JAN, "reason": "Daarom"}, 0),
    ("mute for hours", ["mute", "jan000", "2h", "Daarom"], "",
     {"do": "mute", "community": COMMUNITY, "account": JAN, "minutes": 120, "reason": "Daarom"},
     0),
    ("mute for less than its unit", ["mute", "jan000", "30s", "Daarom"], "", None, 2),
    ("mute ends", ["mute", "jan000", "0", "Daarom"], "",
     {"do": "mute", "community": COMMUNITY, "account": JAN, "minutes": 0, "reason": "Daarom"}, 0),
    ("slow mode", ["slow-mode", "5m"], "",
     {"do": "slow_mode", "community": COMMUNITY, "group": GROUP, "seconds": 300}, 0),
    ("take down", ["take-down", "12", "Adres"], "",
     {"do": "take_down", "community": COMMUNITY, "group": GROUP, **REF, "reason": "Adres"}, 0),
    ("take down the message that brought a notice", ["take-down", "9", "Klopt niet"], "",
     {"do": "take_down", "community": COMMUNITY, "group": GROUP, "author": ANNA, "event": "p9",
      "reason": "Klopt niet"}, 0),
    ("a message that is not there", ["take-down", "11", "Adres"], "", None, 1),
    ("a message that is no number", ["take-down", "x", "Adres"], "", None, 1),
    ("heard", ["heard", "#12"], "",
     {"do": "post", "kind": "corroboration", "group": GROUP, "ref": REF}, 0),
    ("comment", ["comment", "12", "Ik ga", "langs"], "",
     {"do": "post", "kind": "comment", "group": GROUP, "ref": REF, "text": "Ik ga langs"}, 0),
    ("112, about nothing in particular", ["called-112"], "",
     {"do": "post", "kind": "called_112", "group": GROUP}, 0),
    ("chat with an answer", ["chat", "--reply", "12", "ja"], "",
     {"do": "post", "kind": "chat", "group": GROUP, "text": "ja", "ref": REF}, 0),
    ("nobody edits another's message", ["edit", "12", "Toch niet"], "", None, 1),
    ("nobody takes back another's message", ["retract", "12"], "", None, 1),
    ("retract", ["retract", "12"], "own",
     {"do": "post", "kind": "retraction", "group": GROUP, "ref": REF}, 0),
    ("edit keeps the other fields", ["edit", "12", "Toch niet"], "own",
     {"do": "post", "group": GROUP, "kind": "edit", "ref": REF, "kind_fields": {
         "kind": "concern", "category": "shouting", "how_often": "weekly", "where": "nummer 12",
         "since": {"precision": "month", "time": 1759300000000}, "text": "Toch niet"}}, 0),
    ("a concern with all options",
     ["concern", "--category", "child", "--since", "1970-01-02", "--how-often", "daily",
      "--where", "school", "-"], "Bang kind.\n",
     {"do": "post", "kind": "concern", "group": GROUP, "category": "child", "how_often": "daily",
      "since": {"precision": "day", "time": 86400000}, "where": "school",
      "text": "Bang kind."}, 2),
    ("a concern since a day",
     ["concern", "--category", "child", "--since", "2026-01-02", "Bang kind."], "",
     {"do": "post", "kind": "concern", "group": GROUP, "category": "child",
      "since": {"precision": "day", "time": 1767312000000}, "text": "Bang kind."}, 0),
    ("a concern of no category", ["concern", "Iets"], "",
     {"do": "post", "kind": "concern", "group": GROUP, "category": "other", "text": "Iets"}, 0),
    ("a category that is not there", ["concern", "--category", "fun", "Iets"], "", None, 2),
    ("circle with two members", ["circle", "new", "Samen", "jan000", "Anna"], "",
     {"do": "circle", "community": COMMUNITY, "name": "Samen", "accounts": [JAN, ANNA]}, 0),
    ("circle admin", ["circle", "admin", "circle0", "jan000"], "",
     {"do": "circle_admin", "group": CIRCLE, "account": JAN, "admin": True}, 0),
    ("circle admin no longer", ["circle", "admin", "--off", "circle0", "jan000"], "",
     {"do": "circle_admin", "group": CIRCLE, "account": JAN, "admin": False}, 0),
    ("rules and rules set are two commands", ["rules", "set", "Wees", "aardig."], "",
     {"do": "set_rules", "community": COMMUNITY, "text": "Wees aardig."}, 0),
    ("guide, pinned", ["guide", "--pin", "Bel"], "",
     {"do": "guide", "community": COMMUNITY, "group": GROUP, "text": "Bel", "pinned": True}, 0),
    ("invite", ["invite", "--uses", "3", "--valid", "2d"], "",
     {"do": "invite", "community": COMMUNITY, "uses": 3, "hours": 48}, 0),
    ("revoke", ["revoke", "key000"], "",
     {"do": "revoke_invite", "community": COMMUNITY, "key": "key000ffffff"}, 0),
    ("distrust", ["distrust-inbox", "-y", "Wijkteam"], "",
     {"do": "distrust_inbox", "community": COMMUNITY, "identity_key": "inbox0gggggg"}, 0),
    ("trust by a link", ["trust-inbox", INBOX_LINK], "",
     {"do": "trust_inbox", "community": COMMUNITY, "link": INBOX_LINK}, 0),
    ("trust by a link, under a name", ["trust-inbox", INBOX_LINK, "Wijkteam Noord"], "",
     {"do": "trust_inbox", "community": COMMUNITY, "link": INBOX_LINK,
      "name": "Wijkteam Noord"}, 0),
    ("trust by a key", ["trust-inbox", "a2V5", "Wijkteam", "--relay", "elders.example"], "",
     {"do": "trust_inbox", "community": COMMUNITY, "identity_key": "a2V5", "name": "Wijkteam",
      "relay": "elders.example"}, 0),
    ("a notice", ["inbox", "notice", "Inloopuur", "Dinsdag", "om tien."], "",
     {"do": "inbox_notice", "kind": "notice", "title": "Inloopuur", "text": "Dinsdag om tien."},
     0),
    ("a guidance card until a day",
     ["inbox", "guidance", "Kaart", "-", "--until", "2026-01-02"], "Bel aan.\n",
     {"do": "inbox_notice", "kind": "guidance", "title": "Kaart", "text": "Bel aan.",
      "until": 1767312000000}, 0),
    ("a notice without a title", ["inbox", "notice"], "", None, 2),
    ("an inbox that takes over asks first", ["inbox", "move", INBOX_LINK], "", None, 2),
    ("an inbox that takes over", ["inbox", "move", "--yes", INBOX_LINK], "",
     {"do": "inbox_move", "link": INBOX_LINK}, 0),
    ("a device", ["device", "remove", "-y", "dev000"], "",
     {"do": "device_remove", "device": "dev000hhhhhh"}, 0),
    ("a card from standard input", ["device", "add", "-"], "CARD\n",
     {"do": "device_add", "card": "CARD"}, 0),
    ("a secret on the command line", ["join", LINK], "", None, 2),
    ("what is no invitation", ["join", "--name", "A", "--note", "B"], "https://x/#2.a", None, 1),
    ("join", ["join", "-", "--name", "Anna", "--note", "Nummer 3"], LINK + "\n",
     {"do": "join", "link": LINK, "name": "Anna", "check": "Nummer 3"}, 0),
    ("found", ["found", "Buurt"], "CODE-CODE-CODE-CODE\n",
     {"do": "found", "grant": "CODE-CODE-CODE-CODE", "content": "CONTENT"}, 0),
    ("init", ["init", "wss://host.example:8443/kring", "--name", "Anna"], "",
     {"do": "init", "name": "Anna", "url": "wss://host.example:8443/kring",
      "relay": "host.example"}, 0),
    ("dismiss", ["dismiss", "3"], "", {"do": "dismiss", "alarm": 3}, 0),
    ("name", ["name", "Anna V."], "", {"do": "rename", "name": "Anna V."}, 0),
    ("too many words", ["name", "Anna", "V."], "", None, 2),
    ("too few words", ["admit"], "", None, 2),
    ("no such command", ["admitt"], "", None, 2),
    ("no such option", ["feed", "--shou", "x", "--nonsense"], "", None, 2),
    ("an option of another command", ["rules", "--uses", "3"], "", None, 2),
    ("an option twice", ["feed", "--max", "1", "--max", "2"], "", None, 2),
    ("an option without its value", ["feed", "--max"], "", None, 2),
    ("no command", [], "", None, 2),
]


class Paper:
    def __init__(self, program):
        self.program = program
        self.directory = tempfile.TemporaryDirectory(prefix="kring-paper-")
        self.answers = Path(self.directory.name) / "paper.json"
        self.log = Path(self.directory.name) / "log"

    def run(self, arguments, stdin="", answers=None, environment=None):
        self.answers.write_text(json.dumps({**PAPER, **(answers or {})}))
        self.log.write_text("")
        return subprocess.run(
            [self.program, *arguments], input=stdin.encode(), capture_output=True, timeout=120,
            env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                 "HOME": self.directory.name, "KRING_PAPER": str(self.answers),
                 "KRING_PAPER_LOG": str(self.log), "TEXTDOMAINDIR": "/nonexistent",
                 **(environment or {})})

    def requests(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def check_requests(tap, paper):
    for name, arguments, stdin, expected, code in REQUESTS:
        own = {"feed": {"messages": [dict(CONCERN, me=True)]}} if stdin == "own" else None
        ran = paper.run(arguments, stdin, answers=own)
        done = [r for r in paper.requests() if "do" in r or r.get("ask") in
                ("safety", "rules") or (r.get("ask") == "feed" and r != FEED_12)]
        last = done[-1] if done and code == 0 else None
        wanted = expected if code == 0 else None
        tap.check(f"request: {name}", ran.returncode == code and last == wanted,
                  f"exit {ran.returncode}, {last}, {ran.stderr.decode()}")


def check_answers(tap, paper):
    ran = paper.run(["feed"])
    text = ran.stdout.decode()
    tap.equal("feed: exit code", ran.returncode, 0)
    tap.equal("feed: text", text, """\
#12  Jan  2026-09-21 14:13  concern
      shouting, quarrels, things that break · since 2025-10 · every week · where: nummer 12
      Weer geschreeuw.
      \ufffd]0;pwned\ufffd\ufffd[2J\ufffdevil
      2 neighbours heard it too · 1 comment · 112 is called
""")
    nameless = {"feed": {"messages": [dict(CHAT, name="", author="noname00aaaaaa")]}}
    text = paper.run(["feed"], answers=nameless).stdout.decode()
    tap.check("feed: who has said no name yet", text.startswith("#13  noname00  2026"), text)
    tap.equal("notices: text", paper.run(["notices"]).stdout.decode(), """\
#9  2026-09-21 14:13  guidance card  Wijk\ufffdteam
  Een oude buur
  Bel aan.\ufffd
#8  2026-05-28 20:26  notice  Wijkteam
  (not any more since 2026-07-25 17:20)
  Inloopuur
  Dinsdag.
""")
    tap.equal("notices: none", paper.run(["notices"], answers={"notices": {"notices": []}})
              .stdout.decode(), "There are no notices yet.\n")
    text = paper.run(["members"]).stdout.decode()
    tap.check("members: what a name does to a terminal",
              not any(c in text for c in "\x1b\x07\u202e"), repr(text))
    tap.equal("members: columns", text.splitlines()[0].split(),
              ["name", "id", "role", "since", "same", "name", "you"])
    tap.check("members: as JSON", json.loads(paper.run(["members", "--json"]).stdout)
              == PAPER["members"])
    tap.check("log: a member who is gone has no name, the other one has",
              "Anna" in (text := paper.run(["log"]).stdout.decode()) and "gone00zz" in text, text)
    tap.check("show: with answers and what stood there before",
              all(t in (text := paper.run(["show", "12"]).stdout.decode())
                  for t in ("Geschreeuw.", "ladder", "Before it was changed")), text)
    tap.check("safety: twelve groups of five digits",
              paper.run(["safety", "Anna"]).stdout.decode().count("12345") == 12)
    ran = paper.run(["found", "Buurt"], "CODE\n")
    tap.check("found: shows the digits", "1234 5678" in ran.stdout.decode(), ran.stdout)
    ran = paper.run(["found", "Buurt", "--json"], "CODE\n")
    tap.equal("found: the digits as JSON", json.loads(ran.stdout).get("recovery"), "1234 5678")
    lines = paper.run(["follow", "--json"]).stdout.decode().splitlines()
    tap.equal("follow: one object a line", [json.loads(line)["tell"] for line in lines],
              ["message", "alarm", "changed"])
    tap.equal("follow: with the message", json.loads(lines[0])["message"]["seq"], 12)
    note = {"tell": "note", "case": "case00iiiiii", "inbox": "inbox0", "seq": 3}
    text = paper.run(["follow"], answers={
        "tells": [dict(note, account="wim000"), dict(note, account="gone00"), note],
        "inbox": {"team": [{"account": "wim000", "name": "Wim"}]}}).stdout.decode()
    tap.equal("follow: whose note it is", text.splitlines(), [
        f"Case case00ii: note of your team{by}" for by in (", by Wim", ", by gone00", "")])
    text = paper.run(["follow"]).stdout.decode()
    tap.check("follow: in words", "#12  Jan" in text and "ALARM: Another member" in text, text)
    tap.check("concern: 112 first", paper.run(["concern", "Iets"]).stderr.decode()
              .startswith("Danger now? Call 112."))


def check_exits(tap, paper):
    refused = {"admit": {"error": "forbidden", "text": "Not permitted."}}
    ran = paper.run(["admit", "Piet"], answers=refused)
    tap.check("refused: 1, and what to do", ran.returncode == 1 and b"[forbidden]" in ran.stderr
              and b"ask a coordinator" in ran.stderr, ran)
    ran = paper.run(["admit", "Piet", "--json"], answers=refused)
    tap.check("refused: as JSON", ran.returncode == 1 and json.loads(ran.stdout) == refused["admit"])
    ran = paper.run(["admit", "Piet"], answers={"admit": "kept"})
    tap.check("kept in the outbox: 4", ran.returncode == 4 and b"will be sent" in ran.stderr, ran)
    ran = paper.run(["rules"], answers={"sync": "no_connection"})
    tap.check("not up to date: 4, with the answer", ran.returncode == 4 and
              b"Wees aardig." in ran.stdout and b"no connection" in ran.stderr, ran)
    ran = paper.run(["rules"], answers={"status": {}})
    tap.equal("no account: 3", ran.returncode, 3)
    alarmed = {"status": dict(PAPER["status"], alarms=1)}
    tap.equal("an alarm: status ends with 5", paper.run(["status"], answers=alarmed).returncode, 5)
    ran = paper.run(["rules"], answers=alarmed)
    tap.check("an alarm: others warn", ran.returncode == 0 and b"An alarm stands" in ran.stderr, ran)
    ran = paper.run(["rules"], answers={"communities": {"communities": []}})
    tap.check("no community: 1", ran.returncode == 1 and b"[no_community]" in ran.stderr, ran)
    two = PAPER["communities"]["communities"] * 2
    ran = paper.run(["rules"], answers={"communities": {"communities": two}})
    tap.check("which community: 1", ran.returncode == 1 and b"[which_community]" in ran.stderr, ran)
    ran = paper.run(["delete-account", "--yes"])
    tap.check("delete-account: the keystore goes", ran.returncode == 0 and
              "destroyed" in paper.log.read_text(), paper.log.read_text())
    ran = paper.run(["delete-account"])
    tap.check("delete-account: not without a yes", ran.returncode == 2 and
              paper.log.read_text() == "", paper.log.read_text())
    ran = paper.run(["rules", "--json", "--nonsense"])
    tap.check("usage: 2, as JSON", ran.returncode == 2 and
              json.loads(ran.stdout)["error"] == "usage", ran)


def check_invitation(tap, paper):
    directory = Path(paper.directory.name)
    svg, png, letter = directory / "qr.svg", directory / "qr.png", directory / "letter.html"
    ran = paper.run(["invite", "--qr", str(svg), "--letter", str(letter)])
    tap.check("invite: the link alone on stdout", ran.stdout.decode() == LINK + "\n", ran.stdout)
    tap.check("invite: an SVG, for its owner alone", svg.read_text().startswith("<svg ") and
              svg.stat().st_mode & 0o777 == 0o600)
    page = letter.read_text()
    tap.check("letter: community, link and code", all(
        t in page for t in ("De Linden", LINK, "<svg ", 'lang="en"')))
    tap.check("letter: nothing from elsewhere, nothing that tells",
              "src=" not in page and "violence" not in page and "abuse" not in page)
    paper.run(["invite", "--qr", str(png)])
    tap.check("invite: a PNG", png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n"))
    ran = paper.run(["invite", "--qr", str(directory / "no" / "qr.svg")])
    tap.check("invite: a file that cannot be written, the link is there",
              ran.returncode == 2 and LINK.encode() in ran.stdout)


def inbox_of(link):
    return {"inbox": "inbox0gggggg", "fingerprint": "12345 67890", "administrator": True,
            "number": 1, "expires": 1790000000000, "team": [], "link": link, "settings": {
                "name": "Wijkagent <Noord>", "about": "Voor de wijk.\nOok 's avonds.",
                "call": "0900-8844"}}


def check_poster(tap, paper):
    directory = Path(paper.directory.name)
    page, svg = directory / "poster.html", directory / "poster.svg"
    key = "#2." + "A" * 43 + "." + "B" * 43 + ".relay.example"
    for app, shown in (("https://app.example/", "https://app.example/melden"),
                       ("https://app.example", "https://app.example/melden"),
                       ("https://app.example/melden", "https://app.example/melden"),
                       ("https://app.example/x/melden/", "https://app.example/x/melden")):
        ran = paper.run(["inbox", "poster"], answers={"inbox": inbox_of(app + key)})
        tap.check(f"poster: {app} leads reporters to their page", ran.returncode == 0 and
                  f"\n{shown}{key}\n" in ran.stdout.decode(), ran)
    answers = {"inbox": inbox_of("https://app.example/" + key)}
    ran = paper.run(["inbox", "poster", "--page", str(page), "--qr", str(svg)], answers=answers)
    tap.check("poster: in the terminal what it is for, 112 first, the way and the fingerprint",
              ran.returncode == 0 and ran.stdout.startswith(b"Is somebody in danger now? Call 112.")
              and all(t in ran.stdout.decode() for t in (
                  "Wijkagent <Noord>", "Voor de wijk.", "20 digits", "12345 67890", "0900-8844")),
              ran.stdout)
    text = page.read_text()
    tap.check("poster: all of it on the page, and nothing from elsewhere", all(
        t in text for t in ("Wijkagent &lt;Noord&gt;", "Voor de wijk.", "<svg ", "20 digits",
                            "12345 67890", "0900-8844", "https://app.example/melden" + key,
                            "0800-2000", 'lang="en"')) and "src=" not in text and
              text.index("Call 112") < text.index("Do you worry") and
              "<Noord>" not in text, text)
    tap.check("poster: the code as a picture", svg.read_text().startswith("<svg "))
    page.unlink()
    ran = paper.run(["--json", "inbox", "poster", "--page", str(page)], answers=answers)
    tap.check("poster: as JSON, the file as well", json.loads(ran.stdout)["fingerprint"] and
              "<svg " in page.read_text(), ran)
    ran = paper.run(["inbox", "poster"], answers={"inbox": inbox_of("")})
    tap.check("poster: without a link there is none", ran.returncode == 2 and
              b"[no_link]" in ran.stderr, ran)
    ran = paper.run(["inbox", "poster", "--page", str(directory / "no" / "p")], answers=answers)
    tap.check("poster: a file that cannot be written", ran.returncode == 2 and
              b"[file]" in ran.stderr, ran)
    letter = directory / "letter.html"
    letter.unlink(missing_ok=True)
    paper.run(["--json", "invite", "--letter", str(letter)])
    tap.check("invite: the letter also with --json", letter.exists())


OFFICE = {"zone": "Europe/Amsterdam", "days": [[[480, 720], [780, 1320]], [], [], [], [], [], []],
          "closed": ["2026-12-25"], "promise_s": 2678400, "retention_s": 61,
          "retention_unread_s": 2419200, "deadlines": {
              "today": {"acknowledge": 28800, "follow_up": 172800, "continuous": True},
              "no_hurry": {"acknowledge": 144000, "follow_up": 120, "continuous": False}}}


def check_professional(tap, paper):
    """Who looks at an inbox sees what it promises; who looks at a case, what to type."""
    inbox = inbox_of("https://app.example/#2.x")
    inbox["settings"].update(OFFICE)
    shown = paper.run(["inbox", "show"], answers={"inbox": inbox}).stdout.decode()
    for line in ("Office hours (Europe/Amsterdam):\n  Monday 08:00–12:00 13:00–22:00\nClosed on: ",
                 "it cannot wait until tomorrow: 8 hours, the next within 2 days (day and night)",
                 "somebody should look: 40 hours, the next within 2 minutes (of office hours)",
                 "Longest promise: 31 days", "was read: 61 seconds", "is not read: 28 days"):
        tap.check(f"inbox show: {line.splitlines()[0]}", line in shown, shown)
    for fallback, words in ((None, "none"), ({"fingerprint": "123456 789012"}, "123456 789012"),
                            ({"fingerprint": "123456", "name": "Wijkteam"}, "Wijkteam (123456)")):
        shown = paper.run(["inbox", "show"], answers={
            "inbox": dict(inbox, fallback=fallback) if fallback else inbox}).stdout.decode()
        tap.check(f"inbox show: fallback {words}", f"\nFallback: {words}\n" in shown, shown)
    acts = ["follow_up", "question", "hand_over", "invite_inbox", "share_identity", "close"]
    case = {"case": "case00iiiiii", "state": "open", "urgency": "today", "signal": {},
            "timeline": [], "parties": [], "notes": [], "earlier_signals": [], "acts": acts}
    ran = paper.run(["case", "case00"], answers={"case": case, "cases": {"cases": [case]}})
    tap.check("case: what can be done, as it is typed", ran.stdout.decode().endswith(
        "You can: kring case follow-up | ask | hand-over | invite | share-identity | close\n"), ran)
    teams = {"case": dict(case, parties=[
        {"inbox": "party0aaaaaa", "name": "Veilig Thuis Rijnstad", "role": "fallback"},
        {"inbox": "party1bbbbbb", "name": "Wijkteam Noord", "role": "joined"}]),
        "cases": {"cases": [case]}, "inboxes": {"inboxes": [
            {"identity_key": "k0", "inbox": "party0aaaaaa", "name": "Veilig Thuis", "link": "l#0"},
            {"identity_key": "k1", "inbox": "other0cccccc", "name": "Wijkteam Zuid", "link": "l#1"},
            {"identity_key": "k2", "inbox": "other1dddddd", "name": "School"}]}}
    for word, to in (("veilig thuis", "party0aaaaaa"), ("Wijkteam N", "party1bbbbbb"),
                     ("Wijkteam Zuid", "l#1"), ("school", "k2"), ("https://x/#2.a.b", "https://x/#2.a.b"),
                     ("A" * 43, "A" * 43), ("Wijkteam", None), ("Politie", None)):
        ran = paper.run(["case", "hand-over", "case00", word, "Voor jullie."], answers=teams)
        done = next((r for r in paper.requests() if "do" in r), None)
        tap.check(f"case hand-over: to {word!r}", (done is None and ran.returncode == 1) if to is None
                  else done["to"] == to and done["case"] == case["case"], f"{done} {ran}")
    for date in ("gisteren", "2026-13-01"):
        ran = paper.run(["case", "promise", "case00", date, "Tot dan."],
                        answers={"cases": {"cases": [case]}})
        tap.check(f"case promise: {date!r} is no date, and how one is written", ran.returncode == 2
                  and b"[date]" in ran.stderr and b"2026-10-05" in ran.stderr, ran)


def check_reopened(tap, paper):
    """To professionals and to the reporter: a case that is new again, and who it was."""
    timeline = [{"seq": 1, "time": 1e12, "type": "submitted", "by": "reporter"},
                {"seq": 2, "time": 1e12, "type": "reopened", "by": "reporter", "text": "Weer."}]
    signal = {"at_risk": ["reporter"]}
    new, again = "new: not opened yet", "reopened: not opened since"
    for opened, num, words in ((False, 1, new), (True, 2, again), (False, 2, again)):
        case = {"case": "case00iiiiii", "state": "new", "opened": opened, "urgency": "today",
                "signal": signal, "timeline": timeline[:num], "last": timeline[num - 1]["type"],
                "parties": [], "notes": [],
                "earlier_signals": [], "acts": [], "owner": "Wijkteam", "alarms": []}
        answers = {"case": case, "cases": {"cases": [case]}, "return": case}
        page = Path(paper.directory.name) / "case.html"
        page.unlink(missing_ok=True)
        for command in (["cases"], ["case", "case00"], ["case", "save", "case00", str(page)],
                        ["return", "--url", "ws://127.0.0.1:1/kring"]):
            ran = paper.run(command, "1234 5678 9012 3456 7888", answers=answers)
            shown = page.read_text() if "save" in command else ran.stdout.decode()
            tap.check(f"{' '.join(command[:2])}: {words}", f"{words}" in shown, f"{ran} {shown}")
    for digits in ("1234", "1234 5678 9012 3456 788", "1234 5678 9012 3456 78888", "abcd"):
        ran = paper.run(["return", "--url", "ws://127.0.0.1:1/kring"], digits, answers=answers)
        tap.check(f"return: {digits} is no code", ran.returncode == 1 and
                  b"[check_digit]" in ran.stderr and b"has 20 digits" in ran.stderr, ran)
    tap.check("return: the reporter is you", "  reopened  you\n" in shown and
              "the reporter" not in shown, shown)
    shown = paper.run(["case", "case00"], answers=answers).stdout.decode()
    tap.check("case: to others it is the reporter", "Who is at risk: the reporter\n" in shown and
              "  reopened  the reporter\n" in shown, shown)


def check_withdrawn(tap, paper):
    """A case that its reporter ended is not closed with a word of the inbox."""
    for types, words in ((["submitted", "withdrawn"], "withdrawn"),
                         (["submitted", "withdrawn", "close_read"], "withdrawn"),
                         (["submitted", "withdrawn", "reopened", "closed"], "closed"),
                         (["submitted", "closed", "reopened", "withdrawn"], "withdrawn")):
        timeline = [{"seq": n, "time": 1e12, "type": type, "by": "reporter"}
                    for n, type in enumerate(types, 1)]
        case = {"case": "case00iiiiii", "state": "closed", "opened": True, "urgency": "today",
                "signal": {"at_risk": ["reporter"]}, "timeline": timeline, "last": types[-1],
                "parties": [], "notes": [], "earlier_signals": [], "acts": [],
                "owner": "Wijkteam", "alarms": []}
        answers = {"case": case, "cases": {"cases": [case]}, "return": case}
        for command in (["case", "case00"], ["return", "--url", "ws://127.0.0.1:1/kring"]):
            ran = paper.run(command, "1234 5678 9012 3456 7888", answers=answers)
            tap.check(f"{command[0]}: {', '.join(types[1:])}",
                      f"State: {words}\n" in ran.stdout.decode(), ran)


def check_few_words(tap, paper):
    """p9: no command falls over a word that is not there, or over one that means nothing."""
    commands = re.findall(r"^  (\w[\w-]*(?: [\w-]+)?)  +\w", paper.run(["help"]).stdout.decode(), re.M)
    word = str(Path(paper.directory.name) / "word")
    bad = []
    for command in commands:
        for num in range(3):
            ran = paper.run(["--json", *command.split(), *[word] * num])
            lines = ran.stdout.decode().splitlines()
            if ran.returncode not in range(6) or b"runtime error" in ran.stderr or \
                    ran.returncode and "error" not in json.loads(lines[-1] if lines else "{}"):
                bad.append((command, num, ran))
    tap.check("p9: few words, or none that fit", len(commands) > 80 and not bad, bad)


def main():
    tap = Tap()
    paper = Paper(sys.argv[1])
    check_requests(tap, paper)
    check_answers(tap, paper)
    check_exits(tap, paper)
    check_invitation(tap, paper)
    check_poster(tap, paper)
    check_professional(tap, paper)
    check_reopened(tap, paper)
    check_withdrawn(tap, paper)
    check_few_words(tap, paper)
    tap.finish()


main()
