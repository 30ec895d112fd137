#!/usr/bin/env python3
"""A case saved as text, HTML and JSON, and handed to a program for each event of it; the JSON
is held against its published schema.

case_save_test.py KRING KRINGD KRINGCTL CHEAP_KEYSTORE SCHEMA
"""
import json
import re
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cli import TIMEOUT_S, Street, environment, url  # noqa: E402
from kringd import NO_QUOTA, Relay, Tap  # noqa: E402

SEEN = "Geschreeuw & gebonk <elke avond>."
SIGNAL = {
    "kind": "named", "urgency": "this_week", "category": "violence",
    "at_risk": ["child", "adult"], "ages": [4, None], "how_often": "weekly",
    "danger_now": "no", "weapons": "unknown", "family_knows": "yes", "street": "Lindenlaan",
    "number": 12, "addition": "bis", "postcode": "1234AB", "town": "Ons Dorp", "seen": SEEN,
    "who": "Een gezin.", "reach": "identity", "reach_when": "'s Avonds", "origin": "poster",
    "language": "nl"}
PROMISED = (date.today() + timedelta(days=5)).isoformat()
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}


def is_of(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def faults(value, schema, path="$"):
    """What is wrong with value by that part of JSON Schema that the schema uses."""
    names = schema.get("type")
    names = [names] if isinstance(names, str) else names
    if names and not any(is_of(value, name) for name in names):
        return [f"{path}: not {names}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{path}: {value!r}")
    if isinstance(value, int) and not (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)):
        found.append(f"{path}: {value}")
    if isinstance(value, dict):
        found += [f"{path}: no {name}" for name in schema["required"] if name not in value]
        for name, member in value.items():
            part = schema["properties"].get(name)
            found += faults(member, part, f"{path}.{name}") if part else [f"{path}: {name}?"]
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += faults(item, schema["items"], f"{path}[{i}]")
    return found


def open_inbox(street, name):
    """A professional with an inbox of their own; its link, in a file."""
    person = street.person(name)
    person.ask("init", url(street.relay), "--relay", "relay.test", "--name", name,
               "--app", "https://app.test/")
    ran = subprocess.run([street.kringctl, "--socket", street.relay.control, "--json", "grant",
                          "inbox"], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    settings = street.file("settings.json", json.dumps(
        {"name": "Wijkagent Noord", "call": "0900-8844"}))
    person.ask("inbox", "new", settings, street.file("code", json.loads(ran.stdout)["code"]))
    return person, street.file("poster", person.ask("inbox", "show")["link"])


def send(street, poster):
    draft = street.file("draft.json", json.dumps(
        {"signal": SIGNAL, "identity": {"name": "Jan", "contact": "06 12 34 56 78"}}))
    ran = subprocess.run(
        [street.kring, "--json", "signal", "--inbox", poster, "--url", url(street.relay),
         "--from", draft], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT_S, check=True, env=environment())
    return json.loads(ran.stdout.splitlines()[-1])["case"]


def save(tap, street, els, case, schema):
    def saved(ending):
        path = street.directory / f"zaak{ending}"
        els.ask("case", "save", "--", case[:8], str(path))  # it may begin with a hyphen
        tap.equal(f"{ending}: for its owner's eyes", path.stat().st_mode & 0o777, 0o600)
        return path.read_text()

    document = json.loads(saved(".json"))
    tap.equal("JSON is as the schema says", faults(document, schema), [])
    tap.equal("all of the signal is in it",
              {k: v for k, v in document["signal"].items() if k in SIGNAL}, SIGNAL)
    tap.check("the schema refuses what is not in it",
              faults(dict(document, role="boss", more=1), schema) and
              faults({k: v for k, v in document.items() if k != "case"}, schema))
    text, html = saved(".txt"), saved(".html")
    for word in ("Lindenlaan 12bis", "Jan", "Wij lezen dit.", "Bekend gezin.", "Els",
                 "a child, an adult", "→ Bram", f"→ {PROMISED}", "Not from a verified neighbour."):
        tap.check(f"text has: {word}", word in text, text)
        tap.check(f"HTML has: {word}", word in html, html)
    tap.check("the children's ages are in both", "Ages of the children: 4 ?" in text and
              "Ages of the children</th><td>4, ?<" in html, html)
    tap.check("what may be done now is no part of it", "You can" not in text + html, text)
    tap.check("HTML is escaped", "gebonk &lt;elke avond&gt;" in html and "<elke" not in html)
    tap.check("another ending is refused", "error" in els.ask(
        "case", "save", case, str(street.directory / "zaak.doc"), code=2))
    tap.check("a case that is not there is refused", "error" in els.ask(
        "case", "save", "A" * 43, str(street.directory / "zaak.txt"), code=1))
    tap.check("a folder that is not there is refused", "error" in els.ask(
        "case", "save", case, "/nonexistent/zaak.txt", code=2))


def received(path, num):
    """What the hook has written, once there are so many lines of it."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        text = path.read_text() if path.exists() else ""
        if text.count("\n") >= num:
            return [json.loads(line) for line in text.splitlines()[:num]]
        time.sleep(0.05)
    return []


def hook(tap, street, els, case, schema):
    """Two events by a colleague while a hook runs; it fails at the first."""
    bram = street.person("Bram")
    bram.ask("init", url(street.relay), "--relay", "relay.test", "--name", "Bram")
    els.ask("inbox", "add", street.file("card", bram.ask("inbox", "card")["card"]))
    bram.ask("sync")
    log = street.directory / "log"
    script = Path(street.file("hook", f"#!/bin/sh\ncat >>{log}\n[ -e {log}.2 ] || "
                              f"{{ touch {log}.2; exit 3; }}\n"))
    script.chmod(0o700)
    follower = subprocess.Popen(els.command("follow", "--hook", str(script)), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=environment())
    try:
        for n, text in enumerate(("Wij zijn langs geweest.", "Wij bellen morgen."), 1):
            bram.ask("case", "follow-up", case, text)
            tap.equal(f"the hook ran for event {n}", len(received(log, n)), n)
        got = received(log, 2)
        tap.equal("it is told which event", [g["event"]["type"] for g in got],
                  ["follow_up"] * 2)
        tap.equal("and gets the case", [g["case"]["timeline"][-1]["text"] for g in got],
                  ["Wij zijn langs geweest.", "Wij bellen morgen."])
        tap.equal("by the schema", [faults(g["case"], schema) for g in got], [[], []])
    finally:
        follower.terminate()
        out, err = follower.communicate(timeout=TIMEOUT_S)
    tap.check("events are shown", case[:8] in out, out)
    tap.equal("a failure is said once", err.count("the hook failed"), 1)


def main():
    tap = Tap()
    kring, kringd, kringctl, cheap, schema = sys.argv[1:]
    with Relay(kringd, settings=NO_QUOTA).start() as relay, \
            Street(kring, kringctl, relay, cheap) as street:
        els, poster = open_inbox(street, "Els")
        case = send(street, poster)
        schema = json.loads(Path(schema).read_text())
        els.ask("case", "acknowledge", case, "Wij lezen dit.")
        hook(tap, street, els, case, schema)
        els.ask("case", "note", case, "Bekend gezin.")
        els.ask("case", "assign", case, "Bram")
        els.ask("case", "promise", case, PROMISED, "Dan hoort u meer.")
        els.ask("case", "close", case, "help_started", "Er is hulp.")
        save(tap, street, els, case, schema)
    tap.finish()


main()
