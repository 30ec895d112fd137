#!/usr/bin/env python3
"""Fails when a document promises what is not there: a link that leads nowhere, or a test in
SECURITY.md that no file of tests has.

documents_test.py SOURCE_ROOT
"""
import re
import sys
from pathlib import Path

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md",
             "clients/web/README.md", "clients/core/COMMANDS.md", "clients/host/KEYSTORE.md",
             "proto/PROTOCOL.md", "proto/TRUST.md", "proto/CONTENT.md", "proto/CASES.md")
LINK = re.compile(r"\]\(([^)#:]+)\)")
# A test's name, a file, a script of a stage; and in brackets what a scenario prints.
TEST_NAME = re.compile(r"`([a-z]\w*_\w+_\w+)`")
FILE_NAME = re.compile(r"`(?:(tests/[\w./]+)|(\w+_test\.\w+))`")
STAGE_TEST = re.compile(r"\b(scenario|protocol) `(\w+)`")
RESULT_NAME = re.compile(r'\("([^"]+)"\)')
INVENTED = ("`p8_nobody_has_written_this`, scenario `no_such` (\"never printed\"), `no_test.c`, "
            "`tests/unit/no_such`")


def test_texts(root):
    """Everything that stands in tests/, without what npm has put there, by path."""
    return {path: path.read_text(errors="replace") for path in (root / "tests").rglob("*")
            if path.suffix in {".c", ".h", ".py", ".mjs"} and "node_modules" not in path.parts
            and path.name != Path(__file__).name}


def missing_links(root, document):
    """Links lead from the document's own directory."""
    path = root / document
    return [link for link in LINK.findall(path.read_text())
            if not (path.parent / link).exists()]


def missing_tests(root, security, texts):
    everything = "\n".join(texts.values())
    names = {path.name for path in texts}
    missing = [name for name in TEST_NAME.findall(security) + RESULT_NAME.findall(security)
               if name not in everything]
    missing += [path or name for path, name in FILE_NAME.findall(security)
                if not (root / path).exists() or name and name not in names]
    missing += [f"{stage} {name}" for stage, name in STAGE_TEST.findall(security)
                if not (root / "tests" / stage / f"{name}_test.py").exists()]
    return missing


def main(root):
    results = [(f"links of {document}", missing_links(root, document)) for document in DOCUMENTS]
    security = (root / "SECURITY.md").read_text()
    texts = test_texts(root)
    results.append(("tests named in SECURITY.md", missing_tests(root, security, texts)))
    missed = missing_tests(root, INVENTED, texts)
    results.append(("invented ones are noticed", [] if len(missed) == 5 else missed))
    print(f"1..{len(results)}")
    for number, (name, missing) in enumerate(results, 1):
        print(f"{'not ' if missing else ''}ok {number} - {name}")
        for what in missing:
            print(f"# {what}")
    return any(missing for _, missing in results)


sys.exit(main(Path(sys.argv[1])))
