#!/usr/bin/env python3
"""run.py <script> <peer> …: run a script of this directory in Node, or skip it with a reason.

Node 18 has WebCrypto only where it is asked for it; later ones do not know the option.
"""
import os
import shutil
import subprocess
import sys


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    node = shutil.which("node")
    if node is None:
        skip("node is not installed")
    if not os.path.isdir(os.path.join(here, "node_modules")):
        skip("the peers are not installed: npm ci in tests/interop, or tests/run")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    options = []
    if version.stdout.startswith("v18."):
        options = ["--experimental-global-webcrypto", "--no-warnings"]
    os.execv(node, [node, *options, os.path.join(here, sys.argv[1]), *sys.argv[2:]])


main()
