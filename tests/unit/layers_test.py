#!/usr/bin/env python3
"""Fails on any include edge that the design does not allow.

codec <- crypto <- {hpke, voprf} <- mls <- clients/core
codec <- crypto <- wire <- {server, clients/core}; server never includes mls.
Outside libraries are held to the directories that may know them.
"""
import re
import sys
from pathlib import Path

# A module and what it may include besides itself and the C library.
MODULES = {
    "codec": set(),
    "crypto": {"codec"},
    "hpke": {"codec", "crypto"},
    "voprf": {"codec", "crypto"},
    "mls": {"codec", "crypto", "hpke", "voprf"},
    "wire": {"codec", "crypto"},
    "journal": set(),
    "log": {"codec", "crypto", "wire", "journal"},
    "store": {"codec", "crypto", "wire", "journal", "log"},
    "relay": {"codec", "crypto", "wire", "journal", "log", "store"},
    "net": {"codec", "crypto", "wire", "journal", "log", "store", "relay"},
    "server": {"codec", "crypto", "wire", "journal", "log", "store", "relay", "net"},
    "core": {"codec", "crypto", "hpke", "voprf", "mls", "wire"},
    "cli": {"codec", "crypto", "hpke", "voprf", "mls", "wire", "core"},
    "load": {"codec", "crypto", "wire"},
}

# Public headers belong to the module that implements them.
PUBLIC = {
    "err.h": "codec", "bytes.h": "codec", "codec.h": "codec", "crypto.h": "crypto",
    "hpke.h": "hpke", "voprf.h": "voprf", "mls.h": "mls", "wire.h": "wire",
    "event.h": "wire", "request.h": "wire", "mls_header.h": "wire",
}

# Outside headers that only some modules may know; others are free.
OUTSIDE = [
    (re.compile(r"^sodium"), {"crypto"}),
    (re.compile(r"^libwebsockets"), {"net", "load", "cli"}),
    (re.compile(r"^lmdb\.h"), {"log", "store"}),
    (re.compile(r"^uv\.h"), {"net", "load", "cli"}),
    (re.compile(r"^cjson/"), {"wire", "core", "cli", "load"}),
    (re.compile(r"^confuse\.h"), {"server"}),
    (re.compile(r"^qrencode\.h"), {"cli"}),
]

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


def faults_of(root, source):
    module = module_of(source)
    if module is None or module not in MODULES:
        yield f"{source}: no layer is known for it"
        return
    for name in INCLUDE.findall((root / source).read_text()):
        target = target_of(root, source, name)
        if target is None:
            for pattern, allowed in OUTSIDE:
                if pattern.match(name) and module not in allowed:
                    yield f"{source}: {module} may not include <{name}>"
        elif target != module and target not in MODULES[module]:
            yield f"{source}: {module} may not include {target} ({name})"


def self_check():
    """The check is worth something only if it can fail."""
    import tempfile
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        (root / "proto/codec").mkdir(parents=True)
        bad = Path("proto/codec/bad.c")
        (root / bad).write_text("#include <sodium.h>\n#include <kring/mls.h>\n")
        return len(list(faults_of(root, bad))) == 2


def main():
    root = Path(sys.argv[1]).resolve()
    sources = sorted(
        p.relative_to(root)
        for top in ("include", "proto", "server", "clients")
        for p in (root / top).rglob("*.[ch]")
        if "node_modules" not in p.parts)
    faults = [f for s in sources for f in faults_of(root, s)]
    print("1..2")
    print(("ok" if self_check() else "not ok") + " 1 - the check finds a forbidden include")
    for fault in faults:
        print(f"# {fault}")
    print(("not ok" if faults or not sources else "ok") +
          f" 2 - {len(sources)} files keep to the layers")
    return 1 if faults else 0


sys.exit(main())
