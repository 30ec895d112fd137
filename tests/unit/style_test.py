#!/usr/bin/env python3
"""Fails on what CONTRIBUTING.md's style rules out and a machine can see.

The width of code is clang-format's business, see tests/lint; it leaves comments as they are.
"""
import re
import sys
from pathlib import Path

COLUMNS = 90
FUNCTION_LINES = 80
FILE_LINES = 700
TEST_LINES = 800  # of which much is tables
MARK = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
TYPEDEF = re.compile(r"^\s*typedef\s+(struct|union|enum)\s+\w*\s*\{|^\s*typedef\s+struct\s+\w+\s+\w+;")
LINE_COMMENT = re.compile(r'^[^"]*(?<!:)//')
SPACES = re.compile(r"^ +(?![ *])")
UNSAFE = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|alloca|rand|strtok)\s*\(")
UNBEGUN = re.compile(r"\bKR_AUTO_\w+ [^=;(]*;")
COMMENT = re.compile(r"^\s*(/\*|\*)")
BRACELESS = re.compile(r"^\s*(?:if|for|while) \(.*\)\s*[^{]*;\s*$")


def line_faults(line):
    if line != line.rstrip():
        yield "white space at the end"
    if MARK.search(line):
        yield "an unfinished mark"
    if TYPEDEF.search(line):
        yield "a typedef of a struct"
    if LINE_COMMENT.search(line):
        yield "a // comment"
    if SPACES.search(line):
        yield "indented with spaces"
    if UNSAFE.search(line):
        yield "a function that Kring does not use"
    if UNBEGUN.search(line):
        yield "what is freed at every return begins as nothing: = {0}"
    if COMMENT.search(line) and len(line.expandtabs(8)) > COLUMNS:
        yield f"a comment beyond column {COLUMNS}"
    if BRACELESS.search(line) and line.count("(") == line.count(")"):
        yield "a statement without braces"


def faults_of(text, file_lines=FILE_LINES):
    """(line number, what is wrong)"""
    lines = text.split("\n")
    begin = None
    for number, line in enumerate(lines, 1):
        for fault in line_faults(line):
            yield number, fault
        # A function's body stands between braces in the first column.
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin > FUNCTION_LINES:
                yield begin, f"a function of {number - begin} lines"
            begin = None
    if len(lines) > file_lines:
        yield len(lines), f"a file of more than {file_lines} lines"
    if lines[-1] != "":
        yield len(lines), "no newline at the end"


# A text with exactly this many faults: the check is worth something only if it can fail.
FAULTY = [
    ("\treturn 0;\n", 0),
    ("int a; /* fine: http://example.org */\n", 0),
    (" * in a comment\n", 0),
    ("/* " + "§" * 84 + " */\n", 0),
    ("\tif (a) {\n\t}\n", 0),
    ("{\n" + "\tx();\n" * 79 + "}\n", 0),
    ("int a; \n", 1),
    ("/* TO" "DO */\n", 1),
    ("typedef struct { int a; } b;\n", 1),
    ("int a; // no\n", 1),
    ("\t * " + "x" * 80 + "\n", 1),
    ("    int a;\n", 1),
    ("\tsprintf(a, b);\n", 1),
    ("\tif (a) return 1;\n", 1),
    ("\tKR_AUTO_WRITER struct kr_writer w;\n", 1),
    ("\tKR_AUTO_WRITER struct kr_writer w = {0};\n", 0),
    ("{\n" + "\tx();\n" * 80 + "}\n", 1),
    ("\n" * 700, 1),
    ("int a;", 1),
]


def main():
    root = Path(sys.argv[1]).resolve()
    files = sorted(
        p for top in ("include", "proto", "server", "clients", "tests")
        for p in (root / top).rglob("*.[ch]") if "node_modules" not in p.parts)
    wrong = [text for text, count in FAULTY if len(list(faults_of(text))) != count]
    tests = root / "tests"
    faults = [f"{p.relative_to(root)}:{n}: {fault}" for p in files for n, fault in
              faults_of(p.read_text(), TEST_LINES if tests in p.parents else FILE_LINES)]
    print("1..2")
    for text in wrong:
        print(f"# {len(list(faults_of(text)))} faults in {text!r}")
    print(f"{'not ok' if wrong else 'ok'} 1 - the check finds what it looks for")
    for fault in faults:
        print(f"# {fault}")
    print(f"{'not ok' if faults or not files else 'ok'} 2 - {len(files)} files keep to the style")
    return 1 if wrong or faults else 0


sys.exit(main())
