#!/usr/bin/env python3
"""run.py <script> <program> …: run a test of this directory in Node, or skip it with a reason.

Node 18 has WebCrypto only where it is asked for it; later ones do not know the option.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NEEDED = [
    (ROOT / "clients/web/node_modules", "npm ci in clients/web"),
    (HERE / "node_modules", "npm ci in tests/web"),
    (ROOT / "build/wasm/check.wasm", "clients/web/wasm/build"),
]


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def main():
    node = shutil.which("node")
    if node is None:
        skip("node is not installed")
    for path, remedy in NEEDED:
        if not path.exists():
            skip(f"{path.relative_to(ROOT)} is not there: {remedy}, or tests/run web")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    options = ["--no-warnings"]
    if version.stdout.startswith("v18."):
        options.append("--experimental-global-webcrypto")
    os.execv(node, [node, *options, str(HERE / sys.argv[1]), *sys.argv[2:]])


main()
