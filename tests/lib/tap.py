"""Reads the Test Anything Protocol as Kring's tests speak it, and judges one test program.

Whatever a program does wrong beside its results counts as one failure more: no plan, a plan
that is not kept, a time-out, a signal, or a non-zero exit that no "not ok" explains.
"""
import re
from dataclasses import dataclass, field

PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?$", re.I)
RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*-?\s*(.*?)(?:\s*#\s*skip\S*(?:\s+(.*?))?)?\s*$", re.I)
NOTE = "#: "  # a comment that is shown even when all is well


@dataclass
class Verdict:
    passed: int = 0
    failures: list = field(default_factory=list)  # what failed, in words
    skips: list = field(default_factory=list)     # (what, why)
    notes: list = field(default_factory=list)

    @property
    def failed(self):
        return len(self.failures)

    @property
    def skipped(self):
        return len(self.skips)


def judge(output, exit_code, timed_out=False):
    """The verdict on a program that printed output. exit_code is negative for a signal."""
    verdict = Verdict()
    planned = None
    comment = ""
    for line in output.splitlines():
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan and planned is None:
            planned = int(plan.group(1))
            if planned == 0:
                verdict.skips.append(("all of it", plan.group(2) or comment))
        elif result:
            failed, name, reason = result.groups()
            # cmocka 1.1.5 prints a skipped test as "not ok 1 # SKIP name".
            if reason is not None or re.search(r"#\s*skip", line, re.I):
                verdict.skips.append((name or reason, reason if name else comment))
            elif failed:
                verdict.failures.append(name or "a test without a name")
            else:
                verdict.passed += 1
        elif line.startswith("Bail out!"):
            verdict.failures.append(line)
        elif line.startswith(NOTE):
            verdict.notes.append(line[len(NOTE):])
        if line.startswith("#"):
            comment = line.lstrip("#: ")
    _judge_conduct(verdict, planned, exit_code, timed_out)
    return verdict


def _judge_conduct(verdict, planned, exit_code, timed_out):
    results = verdict.passed + verdict.failed + (verdict.skipped if planned else 0)
    if timed_out:
        verdict.failures.append("it did not end in time")
    elif exit_code < 0:
        verdict.failures.append(f"it was ended by signal {-exit_code}")
    elif planned is None:
        verdict.failures.append("it printed no plan")
    elif results != planned:
        verdict.failures.append(f"it planned {planned} results and gave {results}")
    elif exit_code != 0 and not verdict.failures:
        verdict.failures.append(f"it exited with status {exit_code}")
