#!/usr/bin/env python3
"""Holds COMMANDS.md to the tables of the core: every command and question of commands.c has a
row, and every row but those that the page keeps for later has a command or a question.

commands_page_test.py SOURCE_ROOT
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protocol"))
from kringd import Tap  # noqa: E402

ALARMS, REPORTERS = "## 8.", "## 10."


def rows_of(text):
    """The names in the first column of all tables."""
    return {name for line in text.splitlines() if line.startswith("| `")
            for name in re.findall(r"`([a-z_0-9]+)`", line.split("|")[1])}


def main():
    core = Path(sys.argv[1]) / "clients" / "core"
    page = (core / "COMMANDS.md").read_text()
    own, reporters = page[:page.index(REPORTERS)], page[page.index(REPORTERS):]
    alarms = own[own.index(ALARMS):own.index("## 9.")]
    there = set(re.findall(r'\{"([a-z_0-9]+)", (?:command|ask)_\w+\}',
                           (core / "commands.c").read_text()))
    later = {name for line in page.splitlines() if "are not there yet" in line
             for name in re.findall(r"`([a-z_]+)`", line.split("are not there yet")[0])}
    listed = rows_of(own.replace(alarms, ""))
    tap = Tap()
    tap.check("the table was read", {"init", "post", "status", "acknowledge"} <= there, there)
    tap.equal("every command and question has a row", sorted(there - listed), [])
    tap.equal("every row has a command or a question", sorted(listed - there - later), [])
    tap.equal("what is kept for later is not there", sorted(later & there), [])
    raised = set(re.findall(r'X\([A-Z0-9_]+,\s*"([a-z_0-9]+)"', (core / "alarms.h").read_text()))
    tap.equal("every alarm has a row",
              sorted(name for name in raised - rows_of(alarms)
                     if not name.startswith(("case_", "wrap_"))), [])
    reporter = "".join(path.read_text() for path in (core.parent / "report").glob("*.c"))
    tap.equal("the reporter's rows are there",
              sorted(name for name in rows_of(reporters) if f'"{name}"' not in reporter), [])
    tap.finish()


main()
