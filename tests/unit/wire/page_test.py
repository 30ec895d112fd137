#!/usr/bin/env python3
"""PROTOCOL.md says what the code does: verbs with their fields, events, errors, close codes."""
import re
import sys
from pathlib import Path


def joined(text):
    """C text with its continued lines on one line each."""
    return re.sub(r"\s*\\\n\s*", " ", text)


def table(page, heading):
    """The rows of the first table after a heading, as lists of cells."""
    rows = []
    for line in page[page.index(heading):].splitlines()[1:]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return [row for row in rows[1:] if not set("".join(row)) <= set("-:")]


def verbs_of_code(header):
    fields = dict(re.findall(r'X\((\w+), "([a-z_]+)", (?:BYTES|TOPIC|UINT|BOOL|IDS),', header))
    found = {}
    for name, rest in re.findall(r'X\(\w+, "([a-z.]+)", ((?:KR_R|0).*?), (?:NONE|OPTIONAL|REQUIRED),',
                                 header):
        required, optional = (re.findall(r"KR_R\((\w+)\)", part) for part in rest.split(","))
        found[name] = ({fields[f] for f in required}, {fields[f] for f in optional})
    return found


def verbs_of_page(page):
    found = {}
    for name, _, _, fields, *_ in table(page, "## 6. Verbs"):
        names = re.findall(r"`([a-z_]+)`(\*?)", fields)
        found[name.strip("`")] = ({n for n, star in names if not star},
                                  {n for n, star in names if star})
    return found


def events_of_code(header):
    topics = {"COMMUNITY": "c", "GROUP": "g", "ACCOUNT": "a", "CASE": "s", "INBOX": "i",
              "NOTES": "n", "WRAPS": "w"}
    return {int(number): (name, topics[kind], counts == "true")
            for number, name, kind, counts in
            re.findall(r'X\(\w+, (\d+), "([a-z_]+)", (\w+), (true|false),', header)
            if kind in topics}


def events_of_page(page):
    return {int(number): (name.strip("`"), kind, rev == "rev")
            for number, name, kind, rev, *_ in table(page, "with its body, if the event has one")}


def errors_of_code(source):
    source = re.sub(r"\s+", " ", source)
    retries = {"NEVER": "never", "LATER": "later", "REBASE": "rebase"}
    return {code: retries[retry] for code, retry in
            re.findall(r'\{"([a-z_]+)", (?:"[^"]*" ?)+, KR_RETRY_(\w+)', source)} | {
            code: retries[retry] for code, retry in
            re.findall(r'internal = \{ ?"([a-z_]+)", (?:"[^"]*" ?)+, KR_RETRY_(\w+)', source)}


def errors_of_page(page):
    return {code.strip("`"): retry for code, retry, _ in table(page, "## 7. Errors")}


def closes_of_code(header):
    return {int(code) for code in re.findall(r"#define KR_CLOSE_\w+\s+(\d{4})", header)}


def closes_of_page(page):
    return {int(code) for codes, _ in table(page, "**Close codes**")
            for code in codes.split(",")} - {1001}


def difference(page, code):
    if isinstance(page, set):
        return sorted(page ^ code)
    return [f"{key}: page {page.get(key)}, code {code.get(key)}"
            for key in sorted(page.keys() | code.keys(), key=str)
            if page.get(key) != code.get(key)]


def main():
    root = Path(sys.argv[1])
    page = (root / "proto/PROTOCOL.md").read_text()
    request = joined((root / "include/kring/request.h").read_text())
    event = joined((root / "include/kring/event.h").read_text())
    error = (root / "proto/wire/error.c").read_text()
    wire = (root / "include/kring/wire.h").read_text()
    checks = [
        ("verbs and their fields", verbs_of_page(page), verbs_of_code(request), 30),
        ("events", events_of_page(page), events_of_code(event), 20),
        ("errors and retries", errors_of_page(page), errors_of_code(error), 25),
        ("close codes", closes_of_page(page), closes_of_code(wire), 10),
    ]
    print(f"1..{len(checks)}")
    failed = False
    for number, (name, on_page, in_code, least) in enumerate(checks, 1):
        wrong = difference(on_page, in_code)
        # A pattern that finds nothing on both sides must not pass.
        ok = not wrong and len(in_code) >= least
        failed |= not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {name}: {len(in_code)} in the code")
        for line in wrong:
            print(f"# {line}")
    return 1 if failed else 0


sys.exit(main())
