"""Reads QR codes of version 8, error correction M: what an invitation's link makes.

Written from ISO/IEC 18004; without correction, since what it reads has no damage.
"""
import re
import struct
import zlib

QUIET = 4
SIZE = 49                              # version 8
DATA_BLOCKS = [38, 38, 39, 39]         # codewords of data in each block, 8-M
MASKS = [
    lambda y, x: (y + x) % 2 == 0, lambda y, x: y % 2 == 0, lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0, lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0, lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0]


def from_svg(text):
    """Rows of booleans, without the quiet zone."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', text).group(1)) - 2 * QUIET
    modules = [[False] * size for _ in range(size)]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text):
        modules[int(y) - QUIET][int(x) - QUIET] = True
    return modules


def from_png(data):
    """A grey picture of eight bits, whatever its scale."""
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    assert (depth, colour, width) == (8, 0, height)
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raw, rows, above = zlib.decompress(packed), [], bytes(width)
    for y in range(height):
        kind = raw[y * (width + 1)]
        line = bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for x in range(width):
            left, up = line[x - 1] if x else 0, above[x]
            corner = above[x - 1] if x else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            line[x] = (line[x] + [0, left, up, (left + up) // 2, paeth][kind]) & 255
        rows.append(line)
        above = line
    scale = width // (SIZE + 2 * QUIET)
    return [[rows[(y + QUIET) * scale][(x + QUIET) * scale] == 0 for x in range(SIZE)]
            for y in range(SIZE)]


def from_terminal(text):
    """Half blocks, light where there is ink."""
    rows = []
    for line in text.splitlines():
        cells = [c for c in re.sub(r"\x1b\[[0-9;]*m", "", line) if c in " ▀▄█"]
        rows.append([c in " ▄" for c in cells])
        rows.append([c in " ▀" for c in cells])
    return [row[QUIET:QUIET + SIZE] for row in rows[QUIET:QUIET + SIZE]]


def is_function(y, x):
    """Finders with format and version beside them, timing, alignment."""
    def near(v):
        return v < 9

    if near(y) and near(x) or near(y) and x >= SIZE - 8 or near(x) and y >= SIZE - 8:
        return True
    if y == 6 or x == 6 or y < 6 and x >= SIZE - 11 or x < 6 and y >= SIZE - 11:
        return True
    return any(abs(y - cy) <= 2 and abs(x - cx) <= 2
               for cy in (6, 24, 42) for cx in (6, 24, 42)
               if (cy, cx) not in ((6, 6), (6, 42), (42, 6)))


def read(modules):
    """The text. Fails on anything that is no such code."""
    assert len(modules) == SIZE, len(modules)
    for top, left in ((0, 0), (0, SIZE - 7), (SIZE - 7, 0)):
        for y in range(7):
            for x in range(7):
                ring = max(abs(y - 3), abs(x - 3))
                assert modules[top + y][left + x] == (ring != 2), "finder"
    bits = [modules[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + \
        [modules[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    form = int("".join("01"[b] for b in bits), 2) ^ 0x5412
    assert form >> 13 == 0, "not error correction M"
    mask = MASKS[form >> 10 & 7]
    stream, upward, x = [], True, SIZE - 1
    while x > 0:
        x -= x == 6
        for y in range(SIZE - 1, -1, -1) if upward else range(SIZE):
            for column in (x, x - 1):
                if not is_function(y, column):
                    stream.append(modules[y][column] ^ mask(y, column))
        upward, x = not upward, x - 2
    words = [int("".join("01"[b] for b in stream[i:i + 8]), 2)
             for i in range(0, 8 * sum(DATA_BLOCKS), 8)]
    blocks, at = [[] for _ in DATA_BLOCKS], 0
    for i in range(max(DATA_BLOCKS)):
        for block, length in zip(blocks, DATA_BLOCKS):
            if i < length:
                block.append(words[at])
                at += 1
    data = "".join(f"{word:08b}" for block in blocks for word in block)
    assert data[:4] == "0100", "not byte mode"
    length = int(data[4:12], 2)
    return bytes(int(data[12 + 8 * i:20 + 8 * i], 2) for i in range(length)).decode()
