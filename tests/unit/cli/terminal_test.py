#!/usr/bin/env python3
"""kring at a terminal: questions, confirmation, width, colours, the QR code; in Dutch too.

terminal_test.py PROGRAM TRANSLATIONS
"""
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import fcntl
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from kringd import Tap  # noqa: E402
import qr  # noqa: E402

WAIT_S = 120
LINK = "https://app.example/#1." + "A" * 43 + "." + "E" * 43 + ".relay.example"
PAPER = {
    "status": {"account": "a", "name": "Anna", "alarms": 0},
    "communities": {"communities": [{"community": "comm00", "group": "group0",
                                     "name": "De Linden", "role": "coordinator"}]},
    "members": {"members": [
        {"account": "anna00aaaaaa", "name": "山本" * 30, "role": "coordinator", "since": 1e12},
        {"account": "jan000bbbbbb", "name": "Jan", "role": "resident", "since": 1e12}]},
    "feed": {"messages": [{"seq": 1, "time": 1e12, "name": "Jan", "kind": "concern",
                           "category": "child", "text": "word " * 60}], "more": False},
    "concern": {"ok": True, "event": "e", "seq": 14, "time": 1},
    "invite": {"ok": True, "link": LINK, "key": "k", "until": 1790000000000},
}
ACTS = ["answer", "worse", "consent", "withdraw", "seen"]
CASE = {"case": "c", "state": "open", "opened": True, "urgency": "this_week", "owner": "Wijkagent",
        "until": 1790000000000, "timeline": [], "alarms": [], "acts": ACTS, "parties": [
            {"inbox": "agent0", "name": "Wijkagent", "role": "owner", "consented": True},
            {"inbox": "team00", "name": "Wijkteam", "role": "joined", "consented": False},
            {"inbox": "quiet0", "name": "", "role": "fallback", "consented": False}]}
PAPER["return"], PAPER["case"] = CASE, CASE
PAPER["open"] = {"inbox": "agent0", "name": "Wijkagent", "about": "", "fingerprint": "1"}
PAPER["inboxes"] = {"inboxes": [
    {"inbox": "agent0", "name": "Wijkagent", "identity_key": "key000", "relay": ""},
    {"inbox": "team00", "name": "Wijkteam", "identity_key": "key111", "relay": ""},
    {"inbox": "safe00", "name": "Veilig Thuis", "identity_key": "key222", "relay": ""}]}
PAPER["receipt"] = {"receipt": "1234 5678 9012 3456 7888", "case": "c", "event": "e"}
PAPER["send"] = {"case": "c", "time": 1, "until": 1790000000000, "arrival": "a"}
DIGITS = ("20 digits", "1234 5678 9012 3456 7888\n")


class Terminal:
    """The program on a pseudo-terminal, which answers questions as they come."""

    def __init__(self, program, translations, columns=80):
        self.program, self.translations, self.columns = program, translations, columns
        self.directory = tempfile.TemporaryDirectory(prefix="kring-terminal-")
        self.log = Path(self.directory.name) / "log"
        (Path(self.directory.name) / "paper").write_text(json.dumps(PAPER))

    def run(self, arguments, answers=(), language="C.UTF-8", **environment):
        """(exit code, all that was shown, the last request)"""
        self.log.write_text("")
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        process = subprocess.Popen(
            [self.program, *arguments], stdin=slave, stdout=slave, stderr=slave, close_fds=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": language, "TERM": "xterm", "TZ": "UTC",
                 "TEXTDOMAINDIR": self.translations, "KRING_PAPER_LOG": str(self.log),
                 "KRING_PAPER": str(Path(self.directory.name) / "paper"), **environment})
        os.close(slave)
        raw, shown, seen, answers = b"", "", 0, list(answers)
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                try:
                    part = os.read(master, 65536)
                except OSError:
                    break
                if not part:
                    break
                raw += part  # which may end within a character
                shown = raw.decode(errors="ignore")
            if answers and re.search(answers[0][0], shown[seen:]):
                seen = len(shown)
                os.write(master, answers.pop(0)[1].encode())
        else:
            process.kill()
            process.wait()
            raise TimeoutError(f"{arguments} waits for {answers}: {shown}")
        code = process.wait(WAIT_S)
        os.close(master)
        requests = [json.loads(line) for line in self.log.read_text().splitlines()]
        done = [r for r in requests if "do" in r]
        return code, shown.replace("\r\n", "\n"), done[-1] if done else None


INTERVIEW = [("Number:", "3\n"), ("Since when", "gisteren\n"), ("Since when", "2026-10\n"),
             ("Number:", "\n"), ("Where is it", "\n"), ("full stop", "Bang kind.\nHuilt.\n.\n")]


def check_questions(tap, terminal):
    code, shown, done = terminal.run(["concern"], INTERVIEW + [("Send this", "yes\n")])
    tap.check("concern: begins with 112", shown.startswith("Danger now? Call 112."), shown)
    tap.check("concern: how a date is written", "Write a year, a month or a day" in shown, shown)
    tap.check("concern: shows the draft before it asks",
              0 < shown.find("not sent yet") < shown.find("Send this"), shown)
    tap.check("concern: what was answered", code == 0 and done == {
        "do": "post", "kind": "concern", "group": "group0", "category": "child",
        "since": {"precision": "month", "time": 1790812800000},
        "text": "Bang kind.\nHuilt."}, f"{code} {done}")
    code, shown, done = terminal.run(["concern"], INTERVIEW + [("Send this", "no\n")])
    tap.check("concern: a no sends nothing", code == 2 and done is None, f"{code} {done}")
    code, shown, done = terminal.run(["concern"], [("Number:", "\x04")])
    tap.check("concern: end of input sends nothing", code == 2 and done is None, shown)
    code, shown, done = terminal.run(["remove", "Jan", "Daarom"], [("Remove", "ja\n")])
    tap.check("remove: a yes in Dutch", code == 0 and done["do"] == "remove", shown)
    code, shown, done = terminal.run(["remove", "Jan", "Daarom"], [("Remove", "\n")])
    tap.check("remove: an empty line is a no", code == 2 and done is None, shown)
    code, shown, done = terminal.run(["join", "--name", "A", "--note", "B"],
                                     [("Paste", LINK + "\n")])
    tap.check("join: the invitation is asked for", code == 0 and done["link"] == LINK, shown)


def check_looks(tap, terminal):
    for columns in (40, 80, 200):
        terminal.columns = columns
        _, shown, _ = terminal.run(["members"], NO_COLOR="1")
        # The name is of wide characters: two columns each.
        widths = [sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in line)
                  for line in shown.splitlines()]
        tap.check(f"a table fits {columns} columns", max(widths) <= columns, shown)
        _, shown, _ = terminal.run(["feed"], NO_COLOR="1")
        tap.check(f"text fits {columns} columns",
                  max(map(len, shown.splitlines())) <= columns, shown)
    terminal.columns = 80
    tap.check("colours on a terminal", "\x1b[33m" in terminal.run(["feed"])[1])
    tap.check("none with NO_COLOR", "\x1b" not in terminal.run(["feed"], NO_COLOR="1")[1])
    tap.check("none on a dumb one", "\x1b" not in terminal.run(["feed"], TERM="dumb")[1])


def check_code(tap, terminal):
    picture = Path(terminal.directory.name) / "qr.svg"
    bitmap = Path(terminal.directory.name) / "qr.png"
    _, coloured, _ = terminal.run(["invite", "--qr", str(picture)])
    _, plain, _ = terminal.run(["invite", "--qr", str(bitmap)], NO_COLOR="1")
    modules = qr.from_svg(picture.read_text())
    tap.equal("the SVG holds the link", qr.read(modules), LINK)
    tap.check("the PNG is the same", qr.from_png(bitmap.read_bytes()) == modules)
    for name, shown in (("in colour", coloured), ("without", plain)):
        lines = [line for line in shown.splitlines() if "█" in line]
        tap.check(f"in the terminal, {name}", qr.from_terminal("\n".join(lines)) == modules,
                  shown)


def check_dutch(tap, terminal):
    code, shown, done = terminal.run(
        ["concern"], [("Nummer:", "3\n"), ("Sinds wanneer", "\n"), ("Nummer:", "\n"),
                      ("Waar is het", "\n"), ("punt", "Bang kind.\n.\n"), ("sturen", "ja\n")],
        language="nl_NL.UTF-8")
    tap.check("Dutch, though the system has no such locale", code == 0 and
              shown.startswith("Nu gevaar? Bel 112."), shown)
    _, shown, _ = terminal.run(["feed"], language="nl_NL.UTF-8", NO_COLOR="1")
    tap.check("Dutch: words and dates", "zorg" in shown and "09-09-2001 01:46" in shown, shown)
    _, shown, _ = terminal.run(["feed"], language="C", NO_COLOR="1")
    tap.check("C: English", "concern" in shown, shown)
    _, shown, _ = terminal.run(["members"], language="C", NO_COLOR="1")
    tap.check("C: UTF-8 all the same", "山本" in shown, shown)
    letter = Path(terminal.directory.name) / "brief.html"
    terminal.run(["invite", "--letter", str(letter)], language="nl_NL.UTF-8")
    tap.check("Dutch: the letter", 'lang="nl"' in letter.read_text() and
              "Aan de bewoner van dit adres" in letter.read_text())


def choice(question, number=""):
    return (f"{question}(?s:.*)Number:", f"{number}\n")


def text(question, words=""):
    return (question, f"{words}\n.\n" if words else ".\n")


# Up to where the answers are shown; every slip is asked again.
SLIPS = [
    choice("want to send", 2), choice("danger at this", 2), choice("How soon", 3),
    choice("about", 99), ("numbers above", "1\n"), choice("at risk", 1), choice("at risk", 1),
    choice("at risk"), ("How old", "4, zeven\n"), ("How old", "4, 300\n"), ("How old", "4, ?\n"),
    text("see or hear"), text("see or hear", "Geschreeuw."), ("Since when", "gisteren\n"),
    ("Since when", "2026-10\n"), choice("How often", 3), choice("weapons", 2),
    ("street", "Lange Laan\n"), ("Which number", "12 b\n"), ("postcode", "1234\n"), ("town", "\n"),
    ("street", "Lange Laan\n"), ("Which number", "12 b\n"), ("postcode", "1234 ab\n"),
    ("town", "Ons Dorp\n"), text("lives there", "x" * 1001), text("lives there"), text("tried"),
    choice("family know", 3), choice("to read the answer")]
GOOD = [choice("want to change"), ("Could these", "yes\n"), ("Send this", "yes\n")]
SENT = {"kind": "anonymous", "origin": "poster", "danger_now": "no", "urgency": "this_week",
        "category": "shouting", "at_risk": ["child"], "ages": [4, None], "seen": "Geschreeuw.",
        "since": {"precision": "month", "time": 1790812800000}, "how_often": "several",
        "weapons": "no", "street": "Lange Laan", "number": "12 b", "postcode": "1234 ab",
        "town": "Ons Dorp", "family_knows": "unknown", "reach": "receipt"}


def check_signal(tap, terminal):
    """Whatever is typed wrong: what was typed right is there still."""
    poster = Path(terminal.directory.name) / "poster"
    poster.write_text(LINK.replace("#1.", "#2."))
    call = ["signal", "--inbox", str(poster), "--url", "ws://127.0.0.1:1/kring"]
    digits = [("Type the digits", "1234\n"), ("Those are other", DIGITS[1].replace("88", "89")),
              ("Those are other", DIGITS[1].replace(" ", "-"))]
    right = [("Type the digits", DIGITS[1])]
    code, shown, done = terminal.run(call, SLIPS + GOOD + digits)
    tap.check("signal: a slip is asked again, and nothing is lost", code == 0 and done == {
        "do": "send", "signal": SENT, "receipt": DIGITS[1].strip()}, f"{code} {done}\n{shown}")
    tap.check("signal: the address is among what is checked", all(
        line in shown for line in ("Street: Lange Laan", "Postcode: 1234 ab", "Urgency: not safe")),
        shown)
    changed = [choice("want to change", 6), text("see or hear", "Geschreeuw en gebonk."),
               choice("want to change"), ("Could these", "no\n"), choice("want to change", 1),
               choice("want to send", 3), ("Your name", "\n"), choice("want to change", 14),
               choice("to read the answer", 2)]
    code, shown, done = terminal.run(call, SLIPS + changed + GOOD + right)
    tap.check("signal: an answer is changed, and a name that is not given makes no report",
              code == 0 and done["signal"] == {**SENT, "seen": "Geschreeuw en gebonk.",
                                               "reach": "not"} and "identity" not in done,
              f"{code} {done}\n{shown}")
    named = [choice("want to change", 1), choice("want to send", 3), ("Your name", "Jan\n"),
             ("reach you", "06 12345678\n"), ("safe", "\n"), ("steps in", "yes\n"),
             choice("want to change"), ("Send this", "yes\n")]
    code, shown, done = terminal.run(call, SLIPS + named + right)
    tap.check("signal: a report with a name", code == 0 and done["signal"] == {
        **SENT, "kind": "named", "reach": "identity"} and done["fallback_knows"] is True and
        done["identity"] == {"name": "Jan", "contact": "06 12345678"}, f"{code} {done}\n{shown}")
    for place in (0, 8, 11, len(SLIPS)):
        code, _, done = terminal.run(call, SLIPS[:place] + [
            ((SLIPS + GOOD)[place][0], "\x04")])
        tap.check(f"signal: end of input sends nothing ({place})",
                  code == 2 and done["do"] != "send", f"{code} {done}")
    code, _, done = terminal.run(call, SLIPS + GOOD[:2] + [("Send this", "no\n")])
    tap.check("signal: a no sends nothing", code == 2 and done["do"] != "send", f"{code} {done}")


def check_excluded(tap, terminal):
    """Of the community's other inboxes it is asked which must not know."""
    call = ["signal", "--community", "De Linden", "--url", "ws://127.0.0.1:1/kring"]
    right = [("Type the digits", DIGITS[1])]
    told = [choice("Whom do you want to tell", 2)] + SLIPS[:-1]
    code, shown, done = terminal.run(call, told + [
        choice("must not know of this", 9), ("numbers above", "2\n"),
        choice("must not know of this", 2), choice("must not know of this"), SLIPS[-1]] +
        GOOD + right)
    tap.check("signal: whom it must not reach", code == 0 and done["signal"] == {
        **SENT, "origin": "community", "excluded": ["safe00"]}, f"{code} {done}\n{shown}")
    tap.check("signal: who that is stands among the answers, and who is chosen is not asked",
              "Must not know: Veilig Thuis\n" in shown and "1  Wijkagent\n  2  Veilig" in shown,
              shown)
    tap.check("signal: who reports is you", "4  you yourself" in shown and
              "the reporter" not in shown, shown)
    changed = [choice("want to change", 14), choice("must not know of this", 1),
               choice("must not know of this")]
    _, shown, done = terminal.run(call + ["--to", "Wijkteam"], SLIPS[:-1] + [
        choice("must not know of this"), SLIPS[-1]] + changed + GOOD + right)
    tap.equal("signal: nobody, and then somebody", done["signal"]["excluded"], ["agent0"])
    code, shown, _ = terminal.run(call, [choice("Whom do you want to tell")])
    tap.check("signal: no inbox is chosen", code == 1 and "Nothing was done" in shown, shown)
    code, shown, _ = terminal.run(call[:1] + ["--to", "W"])
    tap.check("signal: more than one inbox fits", code == 1 and "  key000  Wijkagent" in shown and
              "  key111  Wijkteam" in shown, shown)


def check_return(tap, terminal):
    """Who comes back is asked what to do, of what is possible."""
    back = ["return", "--url", "ws://127.0.0.1:1/kring"]
    _, shown, done = terminal.run(back, [DIGITS, ("do nothing(?s:.*)Number:", "\n")])
    tap.check("return: only what is possible is offered", all(t in shown for t in (
        "Say something more", "It is getting worse", "may know who I am", "Take the signal back"))
        and "It goes on" not in shown and "Erase" not in shown, shown)
    tap.equal("return: what was shown counts as read", done, {"do": "seen"})
    _, shown, done = terminal.run(back, [
        DIGITS, ("Take the signal back(?s:.*)Number:", "2\n"), ("How soon(?s:.*)Number:", "2\n"),
        ("worse now", "Nu elke dag.\n.\n")])
    tap.equal("return: worse", done, {"do": "worse", "urgency": "today", "text": "Nu elke dag."})
    tap.check("return: worse is more urgent than it was", "3  " not in shown[
        shown.find("How soon"):shown.find("worse now")], shown)
    consents = [DIGITS, ("Take the signal back(?s:.*)Number:", "3\n")]
    _, shown, done = terminal.run(
        back, consents + [("Which team(?s:.*)Number:", "1\n"), ("Are you sure", "yes\n")])
    tap.check("return: consent, to one that does not know yet", done == {
        "do": "consent", "inbox": "team00"} and "waits as fallback (quiet0)" in shown, f"{done}\n{shown}")
    code, _, done = terminal.run(
        back, consents + [("Which team(?s:.*)Number:", "1\n"), ("Are you sure", "no\n")])
    tap.check("return: a no is no consent", code == 2 and done == {"do": "seen"}, f"{code} {done}")
    _, shown, _ = terminal.run(back, [("20 cijfers", DIGITS[1]), ("niets te doen", "\n")],
                               language="nl_NL.UTF-8")
    tap.check("return: in Dutch", "Het wordt erger" in shown, shown)


def main():
    tap = Tap()
    terminal = Terminal(sys.argv[1], sys.argv[2])
    check_questions(tap, terminal)
    check_looks(tap, terminal)
    check_code(tap, terminal)
    check_dutch(tap, terminal)
    check_signal(tap, terminal)
    check_excluded(tap, terminal)
    check_return(tap, terminal)
    tap.finish()


main()
