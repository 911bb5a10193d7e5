# A Python node's usual loop: select on stdin with a time-out, then readline.
import select
import sys
import time

lines = timeouts = 0
while True:
    start = time.monotonic_ns()
    ready, _, _ = select.select([sys.stdin], [], [], 0.05)
    if not ready:
        assert time.monotonic_ns() - start >= 50_000_000
        timeouts += 1
        continue
    line = sys.stdin.readline()
    assert line.endswith("\n"), "stdin ended before quit"
    if line == "quit\n":
        break
    print(line, end="", flush=True)
    lines += 1
print("summary:", lines, "lines,", timeouts, "time-outs", flush=True)
