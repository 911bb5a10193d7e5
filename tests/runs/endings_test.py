#!/usr/bin/env python3
"""How a run ends when it is made to: Ctrl-C keeps what was seen, and nothing of it remains, even of a killed gyre."""

import os
import signal
import subprocess
import time
import unittest

import runs

LONG = ("test", "-w", "broadcast", "--seed", "1", "--time-limit", "1000000", "--rate", "50", "--nodes", "n1,n2,n3")


def processes():
    """Parent of each process that lives, with its start time, so that a process id used again is another process."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[(int(pid), fields[19])] = int(fields[1])
    return found


def descendants(root):
    """All processes below `root`, in whatever namespace they are."""
    parents = processes()
    below, fresh = set(), {root}
    while fresh:
        children = {process for process, parent in parents.items() if parent in fresh} - below
        below |= children
        fresh = {pid for pid, _ in children}
    return below


def mounts():
    with open("/proc/mounts", encoding="utf-8") as file:
        return sorted(line for line in file if "gyre" in line)


class Endings(runs.RunsTestCase):
    def setUp(self):
        super().setUp()
        # Its own, so that the runs of other tests do not matter here.
        self.temporary = self.path("temporary")
        os.mkdir(self.temporary)

    def start(self, *words):
        """A run that is well under way, and the processes that it has made."""
        run = subprocess.Popen([runs.GYRE, *words], cwd=self.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True, env=dict(os.environ, TMPDIR=self.temporary))
        self.addCleanup(lambda: (run.kill(), run.communicate()))
        deadline = time.monotonic() + 30
        while len(descendants(run.pid)) < 6 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        made = descendants(run.pid)
        self.assertGreaterEqual(len(made), 6, "three nodes, each a script and a program, and what holds them")
        return run, made

    def assert_gone(self, made):
        deadline = time.monotonic() + 10
        while made & set(processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(made & set(processes()), set())

    def run_until(self, signal_number):
        before = mounts()
        run, made = self.start(*LONG, "--json", "--bin", runs.node("bad/spawn-wrapper.sh"), "--",
                               runs.built("cpp-broadcast"))
        run.send_signal(signal_number)
        out, err = run.communicate(timeout=60)
        self.assert_gone(made)
        self.assertEqual(mounts(), before)
        self.assertEqual(sorted(os.listdir(self.scratch)), ["store", "temporary"])
        self.assertEqual(os.listdir(self.temporary), [])
        return runs.Done(LONG, run.returncode, out, err)

    def interrupted(self, signal_number):
        done = self.run_until(signal_number)
        self.assertEqual(done.status, 130, str(done))
        self.assertEqual((done.json()["valid"], done.json()["reason"], done.json()["digest"]),
                         ("unknown", "interrupted", None))
        self.assertRegex(done.out, r"\nUNKNOWN  broadcast\n\nThe run ended early, at \S+s \(interrupted\): a signal "
                                   r"asked for it; what was seen until then is kept\n")
        ops = self.history()
        self.assertGreater(len(ops), 10, "what was seen until then is stored")
        self.assertEqual(done.json()["operations"], sum(op["type"] == "invoke" for op in ops))
        self.assertGreater(len(self.gyre("journal", "store/latest", status=0).out.splitlines()), 100)

    def test_control_c(self):
        self.interrupted(signal.SIGINT)

    def test_sigterm(self):
        self.interrupted(signal.SIGTERM)

    def test_sigkill(self):
        self.assertEqual(self.run_until(signal.SIGKILL).status, -signal.SIGKILL)
        # What it was writing is removed by the next run there, which finds nobody alive who writes it.
        left = os.listdir(self.path("store/broadcast"))
        self.assertTrue(left and all(name.startswith(".partial-") for name in left), left)
        self.gyre("test", "-w", "broadcast", "--time-limit", "1", "--seed", "1", "--bin", runs.built("cpp-broadcast"),
                  status=0)
        self.assertEqual([name for name in os.listdir(self.path("store/broadcast")) if name.startswith(".")], [])

    def test_control_c_in_a_double_check(self):
        run, made = self.start(*LONG[:6], "300", *LONG[7:], "--doublecheck", "--bin", runs.built("cpp-broadcast"))
        deadline = time.monotonic() + 60
        while made & set(processes()) and time.monotonic() < deadline:
            time.sleep(0.02)  # until the first run's nodes are gone
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, out + err)
        self.assertIn("\nVALID  broadcast\n", out)
        self.assertIn("\nDoublecheck: The second run has no digest, since it was cut short (interrupted): nothing is "
                      "compared.\n", out)

    def test_control_c_in_a_sweep(self):
        run, made = self.start("sweep", *LONG[1:3], *LONG[5:], "--seeds", "1-9", "--jobs", "2", "--out", "out.jsonl",
                               "--bin", runs.built("cpp-broadcast"))
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, out + err)
        self.assertEqual(err, "gyre: Interrupted: what follows is what had ended by then.\n")
        self.assert_gone(made)
        self.assertEqual(os.listdir(self.path("store/broadcast")), [])

    def test_replay(self):
        self.gyre(*LONG[:6], "3", *LONG[7:], "--bin", runs.built("cpp-broadcast"), status=0)
        record = self.read("store/latest/run.json")
        self.write("store/latest/run.json", record.replace('"time-limit":"3"', '"time-limit":"1000000"'))
        for signal_number, status in [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]:
            with self.subTest(signal_number):
                run, made = self.start("replay", "store/latest")
                self.assertEqual(len(os.listdir(self.temporary)), 1, "what a killed one left is removed by the next")
                run.send_signal(signal_number)
                out, err = run.communicate(timeout=60)
                self.assertEqual(run.returncode, status, out + err)
                self.assert_gone(made)
        self.assertEqual(os.listdir(self.temporary), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
