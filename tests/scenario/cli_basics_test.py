#!/usr/bin/env python3
"""Two neighbours and a coordinator, by kring alone, each with a keystore, through a relay.

cli_basics_test.py KRING KRINGD KRINGCTL
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import Person, environment, grant, url  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

WAIT_S = 120


def found(tap, anna, kringctl):
    tap.equal("before an account: 3", anna.run("status").returncode, 3)
    anna.init()
    tap.equal("init twice is refused", anna.run(
        "init", url(anna.relay), "--name", "Anna").returncode, 1)
    code = grant(kringctl, anna.relay)
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    tap.equal("a wrong code is refused", anna.ask(
        "found", "Linden", stdin=wrong + "\n", code=1)["error"], "grant")
    answer = anna.ask("found", "De Linden", stdin=code + "\n")
    tap.check("found: digits of the recovery key", len(answer["recovery"].replace(" ", "")) >= 40,
              answer)
    tap.equal("a code twice is refused",
              anna.ask("found", "Linden", stdin=code + "\n", code=1)["error"], "grant")
    tap.equal("one community", [(c["name"], c["role"]) for c in
                                anna.ask("communities")["communities"]],
              [("De Linden", "coordinator")])


def come_in(tap, anna, jan, eve):
    link = anna.ask("invite")["link"]
    tap.equal("a broken invitation", jan.join(link[:-20], code=1)["error"], "link")
    jan.join(link, note="Nummer 7, achter")
    tap.equal("an invitation for one, twice", eve.join(link, code=1)["error"], "invite")
    request, = anna.ask("requests")["requests"]
    tap.equal("the request says who, and how to check",
              (request["name"], request["check"]), ("Jan", "Nummer 7, achter"))
    tap.equal("somebody else cannot be admitted", anna.run("admit", "Karel").returncode, 1)
    anna.ask("admit", "Jan")
    for _ in range(3):  # his key packages, her commit, his welcome
        jan.ask("sync")
        anna.ask("sync")
    tap.equal("both are in the group", [g["members"] for p in (anna, jan)
                                        for g in p.ask("groups")["groups"]], [2, 2])
    anna.ask("name", "Anna")
    jan.ask("sync")
    tap.equal("a name is said to all", sorted(m["name"] for m in jan.ask("members")["members"]),
              ["Anna", "Jan"])
    safety = [p.ask("safety", other)["number"] for p, other in ((anna, "Jan"), (jan, "Anna"))]
    tap.check("both see one safety number", safety[0] == safety[1] and len(safety[0].replace(" ", "")) == 60, safety)
    second = anna.ask("invite", "--uses", "2", "--valid", "1d")
    anna.ask("revoke", "--", second["key"][:8])  # which may begin with a hyphen
    tap.equal("a revoked invitation", eve.join(second["link"], code=1)["error"], "invite")
    states = {i["state"] for i in anna.ask("invitations")["invitations"]}
    tap.equal("invitations: used and revoked", states, {"used", "revoked"})


def talk(tap, anna, jan):
    posted = jan.ask("concern", "--category", "child", "--since", "2026-10", "--how-often",
                     "weekly", "--where", "nummer 12", "Het kind van nummer 12 huilt.")
    number = str(posted["seq"])
    message = anna.feed()[-1]
    tap.check("a concern arrives", message["text"] == "Het kind van nummer 12 huilt." and
              message["name"] == "Jan" and message["category"] == "child" and
              message["how_often"] == "weekly" and message["where"] == "nummer 12", message)
    anna.ask("heard", number, "Gisteren weer.")
    anna.ask("comment", number, "-", stdin="Ik ga\nmorgen langs.\n")
    anna.ask("called-112", number)
    seen = next(m for m in jan.feed() if m["seq"] == posted["seq"])
    tap.equal("heard, commented, 112", (seen["corroborations"], seen["comments"],
                                        seen["called_112"]), (1, 1, 1))
    thread = jan.ask("show", number)
    tap.check("with all answers", "morgen langs." in json.dumps(thread), thread)
    jan.ask("edit", number, "Het kind van nummer 12 huilt elke avond.")
    seen = next(m for m in anna.feed() if m["seq"] == posted["seq"])
    tap.check("an edit keeps the rest", seen["edited"] and seen["category"] == "child" and
              seen["text"].endswith("elke avond."), seen)
    tap.equal("nobody edits another's", anna.ask("edit", number, "Onzin", code=1)["error"], "not_yours")
    chat = str(jan.ask("chat", "Wie heeft een ladder?")["seq"])
    tap.check("chat is kept apart", "ladder" not in json.dumps(
        anna.ask("feed", "--show", "concerns")) and "ladder" in json.dumps(
        anna.ask("feed", "--show", "chat")))
    jan.ask("retract", chat)
    text = anna.run("feed").stdout
    tap.check("as text", "elke avond." in text and "1 neighbour heard it too" in text and
              "112 is called" in text, text)


def moderate(tap, anna, jan):
    anna.ask("rules", "set", "Wees aardig.")
    tap.equal("rules arrive", jan.ask("rules")["text"], "Wees aardig.")
    anna.ask("guide", "--pin", "Bel Veilig Thuis: 0800-2000.")
    tap.check("guidance arrives", "0800-2000" in json.dumps(jan.ask("guidance")))
    number = str(jan.ask("chat", "Op nummer 12 woont Piet.")["seq"])
    anna.ask("take-down", number, "Hier staat een naam in.")
    seen = next(m for m in jan.feed() if m["seq"] == int(number))
    tap.equal("taken down, with the reason", seen.get("taken_down"), "Hier staat een naam in.")
    anna.ask("mute", "Jan", "1h", "Even rustig.")
    tap.equal("muted: refused by name", jan.ask("chat", "Toch!", code=1)["error"], "muted")
    anna.ask("mute", "Jan", "0", "Goed zo.")
    jan.ask("chat", "Sorry.")
    tap.equal("a resident admits nobody", jan.run("rules", "set", "Mijn regels").returncode, 1)
    log = [entry["what"] for entry in jan.ask("log")["entries"]]
    tap.check("the log tells all of it", len(log) >= 5, log)


def circle(tap, anna, jan):
    anna.ask("circle", "new", "Om nummer 12", "Jan")
    for _ in range(2):
        jan.ask("sync")
        anna.ask("sync")
    anna.ask("chat", "Alleen wij.", "--group", "Om nummer")
    tap.check("a circle of two", "Alleen wij." in json.dumps(jan.feed("--group", "Om nummer 12")))
    tap.check("apart from the community", "Alleen wij." not in json.dumps(jan.feed()))


def keystore(tap, anna, directory):
    wrong = Path(directory) / "wrong"
    wrong.write_text("not it\n")
    wrong.chmod(0o600)
    base = [anna.kring, "--keystore", str(anna.keystore), "--json", "status"]
    ran = subprocess.run([*base, "--passphrase-file", str(wrong)], capture_output=True, text=True)
    tap.check("wrong passphrase: 3", ran.returncode == 3 and
              json.loads(ran.stdout)["error"] == "passphrase", ran)
    wrong.chmod(0o644)
    ran = subprocess.run([*base, "--passphrase-file", str(wrong)], capture_output=True, text=True)
    tap.check("a passphrase that others can read: 3", ran.returncode == 3 and
              json.loads(ran.stdout)["error"] == "file_mode", ran)
    with open(anna.passphrase, "rb") as given:
        ran = subprocess.run([*base, "--passphrase-fd", str(given.fileno())], capture_output=True,
                             text=True, pass_fds=[given.fileno()])
    tap.equal("the passphrase from a descriptor", ran.returncode, 0)
    new = Path(directory) / "new"
    new.write_text("another one\n")
    new.chmod(0o600)
    tap.equal("another passphrase", anna.run("passphrase", str(new)).returncode, 0)
    tap.equal("the old one no longer opens it", anna.run("status").returncode, 3)
    anna.passphrase = new
    tap.equal("the new one does", anna.run("status", "--offline").returncode, 0)


def no_streams(tap, anna):
    """Without standard streams the keystore is not what text is written to instead."""
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    tap.equal("no standard streams: kring does its work", subprocess.run(
        [*closed, *anna.command("name", "Anna de Vries")], env=environment()).returncode, 0)
    tap.check("and complains to nobody", subprocess.run(
        [*closed, *anna.command("admit", "Niemand")], env=environment()).returncode == 1)
    tap.equal("the keystore is whole", anna.ask("status")["name"], "Anna de Vries")


def wait_for(path, text):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and text not in path.read_text():
        time.sleep(0.05)
    return text in path.read_text()


def follow(tap, anna, jan, directory):
    shown, said = Path(directory) / "shown", Path(directory) / "said"
    with open(shown, "wb") as out, open(said, "wb") as err:
        process = subprocess.Popen(anna.command("follow"), stdout=out, stderr=err,
                                   env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
    try:
        tap.check("follow says that it waits", wait_for(said, "Ctrl-C"), said.read_text())
        locked = anna.run("status", "--json")
        tap.check("one keystore, one kring: 3", locked.returncode == 3 and
                  "store_locked" in locked.stdout, locked)
        jan.ask("chat", "Hallo Anna")
        tap.check("follow shows what comes in", wait_for(shown, "Hallo Anna"), shown.read_text())
        process.send_signal(signal.SIGINT)
        tap.equal("Ctrl-C ends it well", process.wait(WAIT_S), 0)
    finally:
        process.kill()
        process.wait()


def keep_port(held, relay):
    """A port that stays this relay's while it is down: nobody else is given it by the kernel."""
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    relay.listen = (f'listen "plain" {{ address = "127.0.0.1" port = {held.getsockname()[1]} '
                    "tls = false }")
    relay.write_config()


def without_relay(tap, anna, jan, relay):
    relay.stop()
    kept = jan.ask("chat", "In de tunnel.", code=4)
    tap.equal("no relay: kept, 4", kept["error"], "kept")
    tap.equal("it waits", len(jan.ask("outbox", "--offline")["ops"]), 1)
    tap.equal("reading is possible: 4", jan.run("feed").returncode, 4)
    tap.equal("--offline is no failure", jan.run("feed", "--offline").returncode, 0)
    relay.start()
    jan.ask("sync")
    tap.equal("it went out", jan.ask("outbox")["ops"], [])
    tap.equal("once", json.dumps(anna.feed()).count("In de tunnel."), 1)


def part(tap, anna, jan):
    anna.ask("remove", "--yes", "Jan", "Verhuisd.")
    jan.run("sync")
    tap.equal("removed: the role says so",
              [c["role"] for c in jan.ask("communities")["communities"]], ["removed"])
    tap.check("removed: cannot post", jan.run("chat", "Ik ben er nog").returncode in (1, 2))
    tap.equal("one member is left", len(anna.ask("members")["members"]), 1)
    tap.check("own data, without keys", "secret" not in jan.run("export", "--offline").stdout)
    tap.equal("the account goes", jan.run("delete-account", "--yes").returncode, 0)
    tap.check("the keystore is gone", not list(jan.keystore.glob("*")), list(jan.keystore.glob("*")))


def main():
    kring, kringd, kringctl = sys.argv[1:4]
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="kring-cli-") as directory, \
            socket.socket() as held, Relay(kringd, settings=NO_QUOTA) as relay:
        keep_port(held, relay)
        relay.start()
        anna, jan, eve = (Person(kring, directory, name, relay) for name in ("Anna", "Jan", "Eve"))
        steps = [lambda: found(tap, anna, kringctl), lambda: come_in(tap, anna, jan, eve),
                 lambda: talk(tap, anna, jan), lambda: moderate(tap, anna, jan),
                 lambda: circle(tap, anna, jan), lambda: follow(tap, anna, jan, directory),
                 lambda: without_relay(tap, anna, jan, relay),
                 lambda: keystore(tap, anna, directory), lambda: no_streams(tap, anna),
                 lambda: part(tap, anna, jan)]
        for step in steps:
            step()
        tap.equal("nobody saw an alarm", anna.ask("alarms")["alarms"], [])
    tap.finish()


main()
