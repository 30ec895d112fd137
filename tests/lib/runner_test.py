#!/usr/bin/env python3
"""Tests of the runner itself: a runner that overlooks a failure makes every test worthless."""
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import run_tests
import tap

# name, output, exit code, passed, failed, skipped
JUDGED = [
    ("all well", "1..2\nok 1 - a\nok 2 - b\n", 0, 2, 0, 0),
    ("one fails", "1..2\nok 1 - a\nnot ok 2 - b\n", 1, 1, 1, 0),
    ("the plan may come last", "ok 1 - a\n1..1\n", 0, 1, 0, 0),
    ("no output", "", 0, 0, 1, 0),
    ("no plan", "ok 1 - a\n", 0, 1, 1, 0),
    ("too few results", "1..3\nok 1\nok 2\n", 0, 2, 1, 0),
    ("too many results", "1..1\nok 1\nok 2\n", 0, 2, 1, 0),
    ("leaves with 1, all ok", "1..1\nok 1 - a\n", 1, 1, 1, 0),
    ("a signal", "1..2\nok 1 - a\n", -signal.SIGSEGV, 1, 1, 0),
    ("a signal after a failure", "1..2\nnot ok 1 - a\n", -signal.SIGABRT, 0, 2, 0),
    ("bails out", "1..1\nBail out! no disk\n", 1, 0, 1, 0),
    ("a skip", "1..2\nok 1 - a\nok 2 - b # SKIP no file\n", 0, 1, 0, 1),
    ("a skip as cmocka prints it", "1..1\nnot ok 1 # SKIP welcome\n", 0, 0, 0, 1),
    ("all skipped", "1..0 # SKIP no valgrind\n", 0, 0, 0, 1),
    ("all skipped, status 1", "1..0 # SKIP no valgrind\n", 1, 0, 1, 1),
    ("a comment is no result", "1..1\n# ok - group\n# not ok\nok 1\n", 0, 1, 0, 0),
    ("okay is not ok", "1..1\nokay\n", 0, 0, 1, 0),
]


def judged():
    for name, output, code, passed, failed, skipped in JUDGED:
        v = tap.judge(output, code)
        got = (v.passed, v.failed, v.skipped)
        yield got == (passed, failed, skipped), f"judge: {name}: {got}"


def reasons():
    v = tap.judge("1..3\n#: w.json: absent\nnot ok 1 # SKIP welcome\n"
                  "ok 2 - b # SKIP no file\nok 3 - c\n#: 14 cases\n", 0)
    yield v.skips == [("welcome", "w.json: absent"), ("b", "no file")], f"reasons: {v.skips}"
    yield v.notes == ["w.json: absent", "14 cases"], f"notes are kept: {v.notes}"


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def run(script, timeout):
    with tempfile.TemporaryDirectory() as scratch:
        test = {"cmd": ["sh", "-c", script], "workdir": None, "timeout": timeout,
                "env": {"GIVEN": "yes"}}
        verdict, _, (out, err) = run_tests.run_test(test, Path(scratch) / "stage" / "log")
        return verdict, out.read_text(), err.read_text()


def programs():
    verdict, out, err = run('echo 1..1; echo "ok 1 - $GIVEN"; echo aside >&2', 60)
    yield verdict.passed == 1 and verdict.failed == 0, "a program is run"
    yield "ok 1 - yes" in out and err == "aside\n", "environment and both outputs are kept"

    # Both children outlive their parent unless the runner ends the whole group.
    verdict, out, _ = run("echo 1..1; sleep 600 & echo pid $!; echo ok 1", 60)
    pid = int(out.split("pid ")[1].split()[0])
    yield verdict.passed == 1 and not wait_gone(pid), "what a test leaves behind is ended"

    for limit in (0.25, 4, 64):  # in which a slow machine may not even have begun
        verdict, out, _ = run("echo 1..1; sleep 600 & echo pid $!; wait", limit)
        if "pid" in out:
            break
    pid = int(out.split("pid ")[1].split()[0])
    yield verdict.failures == ["it did not end in time"], "a hanging test fails"
    yield not wait_gone(pid), "and its children are ended"

    verdict, _, _ = run("kill -SEGV $$", 60)
    yield verdict.failures == ["it was ended by signal 11"], "a crash fails"

    with tempfile.TemporaryDirectory() as scratch:
        test = {"cmd": ["/nonexistent"], "workdir": None, "timeout": 9, "env": {}}
        verdict, _, _ = run_tests.run_test(test, Path(scratch) / "log")
        yield verdict.failed == 1, "a program that cannot be started fails"


def wait_gone(pid):
    """True if the process is still alive after a minute."""
    for _ in range(600):
        if not alive(pid):
            return False
        time.sleep(0.1)
    return True


def main():
    results = [*judged(), *reasons(), *programs()]
    print(f"1..{len(results)}")
    for number, (good, name) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    os.environ.pop("GIVEN", None)
    sys.exit(main())
