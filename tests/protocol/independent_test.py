#!/usr/bin/env python3
"""A client that was written from PROTOCOL.md alone, in another language, against a kringd."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

from kringd import WAIT_S, running

HERE = Path(__file__).resolve().parent


def main(kringd, kringctl):
    node = shutil.which("node")
    missing = [name for name in ("ws", "@noble/curves")
               if not (HERE.parent / "interop/node_modules" / name).is_dir()]
    if node is None or missing:
        print("1..1")
        print(f"ok 1 - an independent client # SKIP no {'node' if node is None else missing[0]}")
        return 0
    with running(kringd) as relay:
        grant = subprocess.run(
            [kringctl, "--socket", relay.control, "--json", "grant", "community"],
            capture_output=True, text=True, timeout=WAIT_S, check=True)
        client = subprocess.run(
            [node, str(HERE / "client.mjs"), str(relay.port), "relay.test",
             json.loads(grant.stdout)["code"]], timeout=120)
        return client.returncode


sys.exit(main(*sys.argv[1:]))
