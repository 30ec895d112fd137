"""What lies in a running process's memory. Needs root."""


def memory_holds(pid, needles):
    """Which of the needles lie in the process's writable memory."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, permissions = line.split()[:2]
            start, end = (int(number, 16) for number in span.split("-"))
            # A sanitizer's shadow is terabytes of nothing.
            if not permissions.startswith("rw") or end - start > 1 << 30:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            found |= {needle for needle in needles if needle in data}
    return found
