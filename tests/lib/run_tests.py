#!/usr/bin/env python3
"""Runs the tests that meson knows of, stage by stage, and counts.

tests/run prepares the machine and the builds, and calls this with the build directories. A
stage is a suite of meson. The last line is "N passed, N failed, N skipped".
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tap

JOBS = 2
PATIENCE = 4  # the time-outs are for a machine that has nothing else to do
# Run in this order. Those in ON_DEMAND run only when they are named, or with --long.
STAGES = ["unit", "vectors", "interop", "scenario", "protocol", "crash", "fuzz", "web",
          "fresh", "bench"]
ON_DEMAND = {"fresh", "bench"}
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
    # Without this a finding of UBSan is a line on stderr and a success.
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}
stopping = threading.Event()  # set by SIGINT and SIGTERM: what runs is ended, the rest not begun


class Totals:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_tests(builds):
    """stage -> tests, from meson; suite names come as "kring:unit"."""
    stages = {}
    for build in builds:
        listing = subprocess.run(["meson", "introspect", "--tests", build],
                                 check=True, stdout=subprocess.PIPE).stdout
        for test in json.loads(listing):
            suites = [s.split(":", 1)[-1] for s in test["suite"]]
            test["long"] = "long" in suites
            # Meson names what it built relative to the build directory.
            test["cmd"] = [str(Path(build, word).resolve()) if Path(build, word).is_file()
                           else word for word in test["cmd"]]
            test["workdir"] = test["workdir"] or build
            for stage in suites:
                stages.setdefault(stage, []).append(test)
    return stages


def end_group(leader):
    """End whatever the test left running. The leader is dead but not yet waited for, so its
    number still names this group and no other."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_or_kill(process, timeout):
    """Wait for the test, then end its process group; true if it had to be killed."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    deadline = time.monotonic() + timeout
    delay = 0.002
    while os.waitid(os.P_PID, process.pid, flags) is None:
        if time.monotonic() > deadline or stopping.is_set():
            end_group(process.pid)
            process.wait()
            return True
        time.sleep(delay)
        delay = min(delay * 2, 0.1)
    end_group(process.pid)
    process.wait()
    return False


def run_test(test, log):
    """Run one test program; its verdict, its seconds, and the paths of what it printed."""
    if stopping.is_set():
        return tap.Verdict(), 0, ()
    log.parent.mkdir(parents=True, exist_ok=True)
    out_path, err_path = Path(f"{log}.out"), Path(f"{log}.err")
    started = time.monotonic()
    # Meson takes a timeout of zero as none; here everything ends.
    limit = PATIENCE * (test["timeout"] if test["timeout"] > 0 else 3600)
    with open(out_path, "wb") as out, open(err_path, "wb") as err:
        try:
            process = subprocess.Popen(
                test["cmd"], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=test["workdir"], env={**SANITIZERS, **os.environ, **test["env"]},
                start_new_session=True)
        except OSError as error:
            err.write(f"{error}\n".encode())
            timed_out, code = False, 127
        else:
            timed_out = wait_or_kill(process, limit)
            code = process.returncode
    output = out_path.read_text(errors="replace")
    verdict = tap.judge(output, code, timed_out)
    return verdict, time.monotonic() - started, (out_path, err_path)


def report(stage, test, verdict, seconds, logs):
    name = f"{stage}/{test['name']}"
    if verdict.failed:
        print(f"\n==== FAILED {name} ({seconds:.1f} s)")
        for log in logs:
            text = log.read_text(errors="replace").rstrip()
            if text:
                print(text)
        for failure in verdict.failures:
            print(f"==== {name}: {failure}")
        print()
    for note in verdict.notes:
        print(f"  {test['name']}: {note}")
    for what, why in verdict.skips:
        print(f"  SKIPPED {name}: {what}" + (f" ({why})" if why else ""))
    sys.stdout.flush()


def run_stage(stage, tests, logs):
    totals = Totals()
    started = time.monotonic()

    def run(test):
        log = logs / stage / test["name"].replace("/", "_")
        return test, *run_test(test, log)

    print(f"{stage}: {len(tests)} test programs")
    with ThreadPoolExecutor(JOBS) as pool:
        for test, verdict, seconds, paths in pool.map(
                run, [t for t in tests if t["is_parallel"]]):
            report(stage, test, verdict, seconds, paths)
            totals.add(verdict)
    for test, verdict, seconds, paths in map(run, [t for t in tests if not t["is_parallel"]]):
        report(stage, test, verdict, seconds, paths)
        totals.add(verdict)
    return totals, time.monotonic() - started


def choose(named, tests, want_long):
    """The stages to run, and their tests. A stage without tests is not claimed."""
    wanted = named or [s for s in STAGES if s not in ON_DEMAND or (want_long and s == "fresh")]
    for stage in STAGES:
        chosen = [t for t in tests.get(stage, []) if want_long or not t["long"]]
        if stage in wanted and chosen:
            yield stage, chosen
        elif stage in named:
            print(f"{stage}: no tests")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", action="append", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("stages", nargs="*", choices=[[], *STAGES])
    args = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())

    tests = read_tests(args.build)
    logs = Path(args.build[0]) / "logs"
    total, lines = Totals(), []
    for stage, chosen in choose(args.stages, tests, args.long):
        totals, seconds = run_stage(stage, chosen, logs)
        total.add(totals)
        lines.append(f"{stage:10} {totals}, {seconds:.0f} s")
    print(f"\nseed {os.environ.get('KRING_TEST_SEED', 'none')}, logs in {logs}")
    print("\n".join(lines))
    print(total)
    # A run in which nothing passed proves nothing.
    return 0 if total.passed > 0 and total.failed == 0 and not stopping.is_set() else 1


if __name__ == "__main__":
    sys.exit(main())
