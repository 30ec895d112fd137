#!/usr/bin/env python3
"""example_test.py <program> <source>: the example runs, says what it should, and stays short."""
import subprocess
import sys
from pathlib import Path

MAX_LINES = 150
EXPECTED = "Bob reads: Did you hear it too?\nAfter the removal Bob reads nothing.\n"

program, source = sys.argv[1:]
run = subprocess.run([program], capture_output=True, text=True, check=False)
num_lines = len(Path(source).read_text().splitlines())
print("1..2")
print(f"{'' if (run.returncode, run.stdout) == (0, EXPECTED) else 'not '}ok 1 - it runs")
print(f"{'' if num_lines < MAX_LINES else 'not '}ok 2 - it has fewer than {MAX_LINES} lines")
for line in (run.stdout + run.stderr).splitlines():
    print("#", line)
