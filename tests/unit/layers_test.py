#!/usr/bin/env python3
"""Fails on any include edge that the design does not allow.

codec <- crypto <- {hpke, voprf} <- mls <- clients/core
codec <- crypto <- wire <- {server, clients/core}; server never includes mls.
{hpke, wire} <- trust <- cases <- clients/machine <- {clients/core, clients/report,
clients/cli}; server never includes these either, and the reporter's machine (report) nothing of
the member's (core).
Outside libraries are held to the directories that may know them; the library includes nothing
that reads a clock or does I/O; and the server's program holds no function of mls.

layers_test.py SOURCE_ROOT SERVER_PROGRAM MLS_LIBRARY
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# A module and what it may include besides itself and the C library.
MODULES = {
    "codec": set(),
    "crypto": {"codec"},
    "hpke": {"codec", "crypto"},
    "voprf": {"codec", "crypto"},
    "mls": {"codec", "crypto", "hpke", "voprf"},
    "wire": {"codec", "crypto"},
    "trust": {"codec", "crypto", "hpke", "wire"},
    "cases": {"codec", "crypto", "hpke", "wire", "trust"},
    "journal": set(),
    "log": {"codec", "crypto", "wire", "journal"},
    "store": {"codec", "crypto", "wire", "journal", "log"},
    "relay": {"codec", "crypto", "wire", "journal", "log", "store"},
    "net": {"codec", "crypto", "wire", "journal", "log", "store", "relay"},
    "server": {"codec", "crypto", "wire", "journal", "log", "store", "relay", "net"},
    "machine": {"codec", "crypto", "wire", "trust", "cases"},
    "core": {"codec", "crypto", "hpke", "voprf", "mls", "wire", "trust", "cases", "machine"},
    "report": {"codec", "crypto", "hpke", "wire", "trust", "cases", "machine"},
    "host": {"codec", "crypto", "wire", "core", "report", "machine"},
    "cli": {"codec", "crypto", "hpke", "voprf", "mls", "wire", "trust", "cases", "machine", "host"},
    "load": {"codec", "crypto", "wire"},
    "web": {"codec", "crypto", "hpke", "machine", "report"},
}

# Public headers belong to the module that implements them. core.h says what any machine takes
# in and puts out, and so belongs to what both have.
PUBLIC = {
    "err.h": "codec", "bytes.h": "codec", "codec.h": "codec", "crypto.h": "crypto",
    "hpke.h": "hpke", "voprf.h": "voprf", "mls.h": "mls", "wire.h": "wire",
    "event.h": "wire", "request.h": "wire", "mls_header.h": "wire",
    "content.h": "wire", "inbox.h": "wire", "case.h": "wire", "signal.h": "wire",
    "trust.h": "trust", "cases.h": "cases", "core.h": "machine",
    "report.h": "report",
}

# Outside headers that only some modules may know; others are free.
OUTSIDE = [
    (re.compile(r"^sodium"), {"crypto"}),
    (re.compile(r"^libwebsockets"), {"net", "load", "host"}),
    (re.compile(r"^lmdb\.h"), {"store"}),
    (re.compile(r"^uv\.h"), {"net", "load", "host", "cli"}),
    (re.compile(r"^cjson/"), {"wire", "machine", "core", "report", "cli", "load"}),
    (re.compile(r"^confuse\.h"), {"server"}),
    (re.compile(r"^(qrencode|png)\.h"), {"cli"}),
]

# All that the library (proto/ and its headers) may want from the C library, and what it may
# not call even so.
PURE = {
    "ctype.h", "errno.h", "inttypes.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h",
    "stdio.h", "stdlib.h", "string.h",
}
LIBRARY = {"codec", "crypto", "hpke", "voprf", "mls", "wire", "trust", "cases"}
IMPURE = re.compile(
    r"\b(f?printf|f?puts|perror|fopen|fread|fwrite|getenv|system|exit|abort|rand|time)\s*\(")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def module_of(path):
    parts = path.parts
    if parts[0] == "include":
        return PUBLIC.get(path.name)
    if parts[0] in ("proto", "clients"):
        return parts[1]
    if parts[0] == "server":
        return parts[1] if len(parts) > 2 else "server"
    return None


def target_of(root, source, name):
    """The module that an include names; None for an outside header."""
    if name.startswith("kring/"):
        return PUBLIC.get(Path(name).name, f"unknown public header {name}")
    for candidate in (root / source.parent / name, root / name):
        if candidate.is_file():
            return module_of(candidate.resolve().relative_to(root))
    return None


def is_outside(name, module):
    """A library's header, which OUTSIDE allows or forbids."""
    return any(pattern.match(name) for pattern, _ in OUTSIDE)


def faults_of(root, source):
    module = module_of(source)
    if module is None or module not in MODULES:
        yield f"{source}: no layer is known for it"
        return
    text = (root / source).read_text()
    if module in LIBRARY:
        for call in IMPURE.findall(text):
            yield f"{source}: the library may not call {call}"
    for name in INCLUDE.findall(text):
        target = target_of(root, source, name)
        if target is None:
            if module in LIBRARY and name not in PURE and not is_outside(name, module):
                yield f"{source}: the library may not include <{name}>"
            for pattern, allowed in OUTSIDE:
                if pattern.match(name) and module not in allowed:
                    yield f"{source}: {module} may not include <{name}>"
        elif target != module and target not in MODULES[module]:
            yield f"{source}: {module} may not include {target} ({name})"


# source, what it includes, how many faults that is: the check is worth something only if it
# can fail. What is no include stands in the file as it is.
EDGES = [
    ("proto/codec/x.c", "<kring/codec.h>", 0),
    ("proto/codec/x.c", "<string.h>", 0),
    ("proto/codec/x.c", "<kring/crypto.h>", 1),
    ("proto/codec/x.c", "<sodium.h>", 1),
    ("proto/codec/x.c", "<unistd.h>", 1),
    ("proto/codec/x.c", "int n = snprintf(s, 4, x);", 0),
    ("proto/codec/x.c", "fprintf(stderr, x);", 1),
    ("proto/codec/x.c", "now = time(NULL);", 1),
    ("proto/crypto/x.c", "<sodium.h>", 0),
    ("proto/crypto/x.c", "<time.h>", 1),
    ("proto/crypto/x.c", "<sys/socket.h>", 1),
    ("proto/hpke/x.c", "<kring/voprf.h>", 1),
    ("proto/mls/x.c", "<kring/hpke.h>", 0),
    ("proto/mls/x.c", "<kring/wire.h>", 1),
    ("proto/wire/x.c", "<cjson/cJSON.h>", 0),
    ("proto/wire/x.c", "<kring/mls.h>", 1),
    ("proto/trust/x.c", "<kring/wire.h>", 0),
    ("proto/trust/x.c", "<kring/mls.h>", 1),
    ("proto/wire/x.c", "<kring/trust.h>", 1),
    ("server/relay/x.c", "<kring/trust.h>", 1),
    ("server/relay/x.c", "<kring/case.h>", 0),
    ("server/relay/x.c", "<kring/cases.h>", 1),
    ("proto/wire/x.c", "<kring/cases.h>", 1),
    ("include/kring/codec.h", "<kring/crypto.h>", 1),
    ("include/kring/mls.h", "<kring/crypto.h>", 0),
    ("include/kring/unheard_of.h", "<kring/bytes.h>", 1),
    ("server/relay/x.c", "<kring/mls_header.h>", 0),
    ("server/relay/x.c", "<kring/mls.h>", 1),
    ("server/relay/x.c", '"proto/mls/group.h"', 1),
    ("server/relay/x.c", "<lmdb.h>", 1),
    ("server/relay/x.c", "<libwebsockets.h>", 1),
    ("server/main.c", "<kring/hpke.h>", 1),
    ("server/net/x.c", "<libwebsockets.h>", 0),
    ("server/store/x.c", "<lmdb.h>", 0),
    ("clients/load/x.c", "<kring/mls.h>", 1),
    ("clients/host/x.c", "<kring/core.h>", 0),
    ("clients/host/x.c", "<kring/mls.h>", 1),
    ("clients/host/x.c", "<sodium.h>", 1),
    ("clients/core/x.c", '"clients/host/keystore.h"', 1),
    ("clients/cli/x.c", "<libwebsockets.h>", 1),
    ("clients/report/x.c", "<kring/cases.h>", 0),
    ("clients/report/x.c", "<kring/mls.h>", 1),
    ("clients/report/x.c", '"clients/machine/json.h"', 0),
    ("clients/report/x.c", '"clients/core/group/group.h"', 1),
    ("clients/core/x.c", "<kring/report.h>", 1),
]


def wrong_edges():
    """The edges of which the check does not find as many faults as it should."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        for name in ("proto/mls/group.h", "clients/host/keystore.h", "clients/machine/json.h",
                     "clients/core/group/group.h"):
            header = root / name
            header.parent.mkdir(parents=True, exist_ok=True)
            header.touch()
        for source, included, count in EDGES:
            (root / source).parent.mkdir(parents=True, exist_ok=True)
            is_include = included[0] in '<"'
            (root / source).write_text(f"#include {included}\n" if is_include else included)
            found = list(faults_of(root, Path(source)))
            (root / source).unlink()
            if len(found) != count:
                yield f"{source} includes {included}: {found}"


def functions_of(program):
    """The functions that a program or an archive defines, by nm."""
    listing = subprocess.run(["nm", "--defined-only", program], check=True,
                             stdout=subprocess.PIPE, universal_newlines=True).stdout
    return set(re.findall(r" T (\w+)$", listing, re.M))


def report(number, faults, what):
    for fault in faults:
        print(f"# {fault}")
    print(f"{'not ok' if faults else 'ok'} {number} - {what}")
    return bool(faults)


def main():
    root = Path(sys.argv[1]).resolve()
    sources = sorted(
        p.relative_to(root)
        for top in ("include", "proto", "server", "clients")
        for p in (root / top).rglob("*.[ch]")
        if "node_modules" not in p.parts)
    faults = [f for s in sources for f in faults_of(root, s)]
    server, mls = functions_of(sys.argv[2]), functions_of(sys.argv[3])
    shared = sorted(server & mls)
    if not server or not mls:
        shared.append("nm shows no functions to compare")
    print("1..3")
    failed = report(1, list(wrong_edges()), "the check finds forbidden includes")
    failed |= report(2, faults if sources else ["no sources"],
                     f"{len(sources)} files keep to the layers")
    failed |= report(3, shared, "p4_the_server_does_not_link_mls")
    return 1 if failed else 0


sys.exit(main())
