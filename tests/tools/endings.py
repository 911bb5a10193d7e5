#!/usr/bin/env python3
"""How build/gyre ends when it is made to: Ctrl-C, SIGKILL, a sweep that is interrupted. Nothing may be left running.

usage: endings.py GYRE SOURCE BUILD
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

LONG = ["-w", "broadcast", "--time-limit", "100000", "--rate", "100"]


def nodes_running(program):
    """Process ids whose command line has `program`, gyre's own excepted."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words and words[0] == program.encode():
            found.append(int(pid))
    return found


def settled(program):
    """Whether all nodes are gone within 5 s; the kernel takes a moment to end them."""
    for _ in range(50):
        if not nodes_running(program):
            return True
        time.sleep(0.1)
    return False


class Check:
    def __init__(self):
        self.failures = 0

    def __call__(self, holds, what, text=""):
        print(f"{'ok' if holds else 'FAILED'}: {what}")
        if not holds:
            self.failures += 1
            print(text)


def start(gyre, words, scratch):
    process = subprocess.Popen([gyre] + words, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    return process


def wait_for_nodes(program):
    for _ in range(100):
        if nodes_running(program):
            time.sleep(1)
            return
        time.sleep(0.1)


def interrupted_test(check, gyre, node, scratch):
    process = start(gyre, ["test", *LONG, "--seed", "5", "--json", "--bin", node], scratch)
    wait_for_nodes(node)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    check(process.returncode == 130, "Ctrl-C: exit status 130", f"{process.returncode}\n{out}\n{err}")
    result = json.loads(out.splitlines()[-1])
    check(result["valid"] == "unknown" and result["reason"] == "interrupted", "Ctrl-C: the verdict is unknown", out)
    check(os.path.getsize(f"{scratch}/store/latest/history.jsonl") > 1000, "Ctrl-C: partial results are stored")
    check(settled(node), "Ctrl-C: no node is left")


def killed_test(check, gyre, node, scratch):
    process = start(gyre, ["test", *LONG, "--bin", node, "--store", "killed"], scratch)
    wait_for_nodes(node)
    process.kill()
    process.communicate(timeout=60)
    check(settled(node), "SIGKILL: no node is left")
    with open("/proc/mounts", encoding="utf-8") as file:
        check("gyre" not in file.read(), "SIGKILL: no mount is left")
    subprocess.run([gyre, "test", "-w", "broadcast", "--time-limit", "1", "--bin", node, "--store", "killed"], cwd=scratch,
                   capture_output=True, check=False, timeout=60)
    left = [name for name in os.listdir(f"{scratch}/killed/broadcast") if name.startswith(".")]
    check(not left, "SIGKILL: the next run removes the half-written one", str(left))


def interrupted_sweep(check, gyre, node, scratch):
    process = start(gyre, ["sweep", *LONG, "--seeds", "1-50", "--jobs", "2", "--bin", node, "--store", "swept"], scratch)
    wait_for_nodes(node)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    check(process.returncode == 130, "Ctrl-C in a sweep: exit status 130", f"{process.returncode}\n{out}\n{err}")
    check("Interrupted" in err, "Ctrl-C in a sweep: it says so", err)
    check(settled(node), "Ctrl-C in a sweep: no node is left")
    check(not os.listdir(f"{scratch}/swept/broadcast"), "Ctrl-C in a sweep: nothing half-written is left")


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 254
    gyre, node = os.path.abspath(sys.argv[1]), os.path.abspath(f"{sys.argv[3]}/tests/nodes/cpp-broadcast")
    check = Check()
    with tempfile.TemporaryDirectory(prefix="gyre-endings-") as scratch:
        interrupted_test(check, gyre, node, scratch)
        killed_test(check, gyre, node, scratch)
        interrupted_sweep(check, gyre, node, scratch)
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
