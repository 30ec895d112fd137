#!/usr/bin/env python3
"""One fuzz target under libFuzzer for a number of seconds, as a TAP test.

libfuzzer.py PROGRAM CORPUS SECONDS
The environment variable KRING_FUZZ_SECONDS outranks SECONDS. New inputs are kept beside the
program from run to run, and so is an input that crashes it: a copy of that in CORPUS makes it
a test for good.
"""
import os
import re
import subprocess
import sys
from pathlib import Path


def main():
    program, corpus, seconds = Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3])
    seconds = int(os.environ.get("KRING_FUZZ_SECONDS", seconds))
    seed = int(os.environ.get("KRING_TEST_SEED", 1)) % 2**32 or 1
    found = Path(f"{program}.corpus")
    found.mkdir(exist_ok=True)

    print("1..1", flush=True)
    run = subprocess.run(
        [program, f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1",
         "-timeout=20", "-rss_limit_mb=2048", f"-artifact_prefix={program}.", found, corpus],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=seconds + 300)
    output = run.stderr.decode(errors="replace")
    runs = re.search(r"number_of_executed_units:\s*(\d+)", output)
    coverage = re.findall(r"cov: (\d+)", output)
    if run.returncode == 0 and runs:
        print(f"#: {runs.group(1)} runs in {seconds} s, coverage {coverage[-1]}, no crash")
        print(f"ok 1 - {program.name}")
        return 0
    for line in output.splitlines()[-60:]:
        print(f"# {line}")
    print(f"not ok 1 - {program.name}")
    return 1


sys.exit(main())
