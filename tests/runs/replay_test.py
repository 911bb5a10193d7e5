#!/usr/bin/env python3
"""Replay, double checks and the journal: a run again is the same run, and what differs is named."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import unittest

import runs

FLOOD = ("test", "-w", "broadcast", "--seed", "7", "--time-limit", "3", "--rate", "20", "--latency", "10")
ECHO = ("test", "-w", "echo", "--seed", "1", "--nodes", "n1,n2", "--time-limit", "1", "--rate", "5")

# What leaky-echo may be told: all of it is sealed.
LEAKS = ["aslr", "cpu-count", "dir-order", "env", "fds", "hostname", "inode", "pid", "proc", "random", "rdrand",
         "rdtsc", "socket", "stat-times", "wall-clock"]


class Replay(runs.RunsTestCase):
    def test_equal_digests_and_the_verdict_as_status(self):
        for name, status, options in [("cpp-broadcast", 0, ()), ("cpp-broadcast-no-gossip", 1, ()),
                                      ("cpp-broadcast", 2, ("--max-messages", "300"))]:
            with self.subTest(name):
                first = self.gyre(*FLOOD, *options, "--bin", runs.built(name), status=status)
                again = self.gyre("replay", "store/latest", "--strict", status=status)
                self.assertEqual(again.out.splitlines()[-1], f"Reproduced: digest {first.digest()}")
                self.assertEqual(again.err, "")

    def test_python(self):
        first = self.gyre(*ECHO, "--bin", runs.node("python/echo.py"), status=0)
        self.assertEqual(self.gyre("replay", "store/latest", "--strict", status=0).digest(), first.digest())

    def test_changed_program_is_named(self):
        shutil.copy(runs.built("cpp-broadcast"), self.path("node"))
        self.gyre(*FLOOD, "--bin", "./node", status=0)
        shutil.copy(runs.built("cpp-broadcast-no-gossip"), self.path("node"))
        again = self.gyre("replay", "store/latest", status=1)
        self.assertEqual(again.out.splitlines()[-2:], [
            "Changed since the run was recorded: SCRATCH/node",
            "The program or its decisions were changed: only the verdict counts, no digest is compared."])
        os.remove(self.path("node"))
        gone = self.gyre("replay", "store/latest", status=254)
        self.assertEqual(gone.err, "gyre: The program of this run, SCRATCH/node, is gone; name where it is now with "
                                   "--bin PROGRAM.\n")
        self.gyre("replay", "store/latest", "--bisect", status=125)
        self.gyre("replay", "store/latest", "--bin", runs.built("cpp-broadcast"), status=0)

    def test_strace_tells_all_calls_in_virtual_time_and_changes_nothing(self):
        # Beside the node: what lies elsewhere in /tmp is not there for it.
        echo = shutil.copy(runs.node("python/echo.py"), self.path("echo.py"))
        script = self.write("node.sh", f"#!/bin/sh\ncat /etc/hostname /nowhere >&2\nsleep 0.25\nexec {echo}\n", 0o755)
        for options in ((), ("--thread-schedule", "random")):
            with self.subTest(options):
                first = self.gyre(*ECHO, "--bin", script, *options, status=0)
                again = self.gyre("replay", "store/latest", "--strict", "--strace", "n2", status=0)
                self.assertEqual(again.digest(), first.digest())
                self.assertIn("Reproduced", again.out)
                calls = [line for line in again.out.splitlines() if re.match(r" +\d+\.\d{6} \[\d+\] ", line)]
                times = [float(line.split()[0]) for line in calls]
                self.assertGreater(len(times), 100)
                text = "\n".join(re.sub(r"^ +\S+ ", "", line) for line in calls)
                expected = [r'\[2\] wait4\(-1, 0x\w+, 0, NULL\) <held>',
                            r'\[4\] clock_nanosleep\(CLOCK_REALTIME, 0, \{0\.250000000\}, 0x\w+\) <held until 0\.25']
                if not options:
                    expected += [
                        r'\[2\] (vfork\(\)|clone\(.*SIGCHLD.*\)) = 3 <passed>',
                        r'\[3\] resumed execve = 0 <passed>',
                        r'\[3\] openat\(AT_FDCWD, "/etc/hostname", O_RDONLY\) = 3 <passed>',
                        r'\[3\] openat\(AT_FDCWD, "/nowhere", O_RDONLY\) = -1 ENOENT \(No such file or directory\) <passed>',
                        r'\[3\] write\(2, "/nowhere", 8\) = 8 <answered>',
                        r'\[3\] exit_group\(1\) = \? <passed>\n\[3\] \+\+\+ exited with 1 \+\+\+\n'
                        r'\[2\] resumed wait4\(-1, 0x\w+, 0, NULL\) = 3 <passed>\n\[2\] --- SIGCHLD ---\n',
                        r'\[4\] resumed clock_nanosleep\(CLOCK_REALTIME, 0, \{0\.250000000\}, 0x\w+\) = 0 <answered>',
                        r'\[2\] execve\("SCRATCH/echo\.py", \["SCRATCH/echo\.py"\], 0x\w+\) <passed>',
                        r'\[2\] getrandom\(".+, 8, 0x1\) = 8 <answered>',
                        r'\[2\] rseq\(.*\) = -1 ENOSYS \(Function not implemented\) <refused>',
                        r'\[2\] read\(0, 0x\w+, \d+\) <held>\n\[2\] resumed read\(0, "\{.*, \d+\) = \d+ <passed>',
                        r'\[2\] write\(1, "\{.*, \d+\) = \d+ <\w+>']
                for line in expected:
                    self.assertRegex(text, line)

    def test_strace_of_nobody(self):
        self.gyre(*ECHO, "--bin", runs.built("cpp-echo"), status=0)
        wrong = self.gyre("replay", "store/latest", "--strace", "n7", status=254)
        self.assertEqual(wrong.err, "gyre: --strace: the run has no node 'n7'; its nodes are n1, n2.\n")

    def test_until_leaves_the_processes_for_a_debugger(self):
        self.gyre(*ECHO, "--bin", runs.node("bad/spawn-wrapper.sh"), "--", runs.built("cpp-echo"), status=0)
        with subprocess.Popen([runs.GYRE, "replay", "store/latest", "--until", "0.5"], cwd=self.scratch, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as replay, \
                contextlib.ExitStack() as at_the_end:
            at_the_end.callback(replay.kill)  # else a failure here would wait for it
            told = ""
            while "Ctrl-C ends all" not in told:
                line = replay.stdout.readline()
                self.assertTrue(line, told)
                told += line
            self.assertIn("\nStopped at 0.500s of virtual time. These processes stand still, for a debugger to look at:\n"
                          "\n  n1  process 2, 1 thread:  gdb -p ", told)
            self.assertIn("\n\nOne that is continued leaves the simulation: its system calls fail (ENOSYS). Ctrl-C ends "
                          "all.\n", told)
            standing = re.findall(r"  (n\d)  process (\d), 1 thread:  gdb -p (\d+)\n", told)
            self.assertEqual([row[:2] for row in standing], [("n1", "2"), ("n1", "3"), ("n2", "2"), ("n2", "3")])
            for _, _, pid in standing:
                with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                    status = file.read()
                self.assertRegex(status, r"\nState:\tT \(stopped\)\n")
                self.assertRegex(status, r"\nTracerPid:\t0\n")
            replay.send_signal(signal.SIGINT)
            self.assertEqual(replay.wait(timeout=60), 130)
            self.assertEqual(replay.stderr.read(), "")
        for _, _, pid in standing:
            self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_moved_program_has_the_same_digest(self):
        for program in (runs.built("cpp-echo"), runs.node("python/echo.py")):
            with self.subTest(program):
                first = self.gyre(*ECHO, "--bin", program, status=0)
                os.makedirs(self.path("some/where"), exist_ok=True)
                shutil.copy(program, self.path("some/where/else"))
                self.assertEqual(self.gyre(*ECHO, "--bin", "some/where/else", status=0).digest(), first.digest())

    def test_override_of_one_operation(self):
        self.gyre(*FLOOD, "--bin", runs.built("cpp-broadcast"), status=0)
        decisions = [json.loads(line) for line in self.read("store/latest/decisions.jsonl").splitlines()]
        operations = [decision for decision in decisions if decision["kind"] == "operation"]
        self.assertEqual(len(operations), sum(op["type"] == "invoke" for op in self.history()))
        self.write("fewer", json.dumps(dict(operations[3], value=0)))
        again = self.gyre("replay", "store/latest", "--override", "fewer", status=0)
        self.assertIn(f"\n  operations  {len(operations) - 1} (", again.out)
        self.assertTrue(again.out.endswith(
            "Seed 7. Replay: this command again, with its --override FILE\n"
            "The program or its decisions were changed: only the verdict counts, no digest is compared.\n"), again.out)

    def test_override_that_matches_nothing(self):
        first = self.gyre(*FLOOD, "--bin", runs.built("cpp-broadcast"), status=0)
        self.write("none", '{"kind": "delay", "key": "00000000000000aa", "value": 5}\n')
        again = self.gyre("replay", "store/latest", "--override", "none", status=0)
        self.assertEqual(again.out.splitlines()[-2:], [
            'This override matched nothing: {"kind":"delay","key":"00000000000000aa","value":5,"at":0}',
            f"Reproduced: digest {first.digest()}"])
        self.write("junk", "half a line")
        self.assertEqual(self.gyre("replay", "store/latest", "--override", "junk", status=254).err,
                         "gyre: junk: override line 1: not valid JSON at byte 0: a missing or misplaced comma, colon, "
                         "bracket, name or value\n")

    def test_first_difference_side_by_side(self):
        # The journal of another run, in the place of this one's.
        digest = self.gyre(*FLOOD, "--bin", runs.built("cpp-broadcast"), status=0).digest()
        record = self.read("store/latest/run.json")
        other = self.gyre(*FLOOD, "--jitter", "2", "--bin", runs.built("cpp-broadcast"), status=0).digest()
        self.write("store/latest/run.json", record.replace(digest, other))
        again = self.gyre("replay", "store/latest", status=3)
        self.assertRegex(again.out, r"\nNOT REPRODUCED\nThe first difference is record \d+ of the journal:\n"
                                    r"  recorded   +\S+s  receive   .*\n  replayed   +\S+s  receive   .*\n$")
        left, right = re.findall("  (?:recorded|replayed) (.*)", again.out)
        self.assertNotEqual(left, right)

    def test_tampered_digest(self):
        digest = self.gyre(*FLOOD, "--bin", runs.built("cpp-broadcast"), status=0).digest()
        record = self.read("store/latest/run.json")
        self.write("store/latest/run.json", record.replace(digest, "0" * 32))
        again = self.gyre("replay", "store/latest", status=3)
        self.assertTrue(again.out.endswith(
            f"NOT REPRODUCED\nThe journals are equal, the histories differ:\n  recorded  {'0' * 32}\n"
            f"  replayed  {digest}\n"), again.out)
        journal = self.path("store/latest/journal")
        with open(journal, "r+b") as file:
            file.seek(os.path.getsize(journal) // 2)
            file.write(b"\0" * 40)
        again = self.gyre("replay", "store/latest", status=3)
        self.assertRegex(again.out, r"\nNOT REPRODUCED\nThe digests differ, and the journals cannot be compared "
                                    r"\(journal store/latest/journal: a damaged record at byte \d+; the records "
                                    rf"before it are good\):\n  recorded  0{{32}}\n  replayed  {digest}\n$")

    def test_run_cut_short_has_nothing_to_compare(self):
        self.gyre(*ECHO, "--step-wall-limit", "2", "--bin", runs.built("bad-spins"), status=2)
        again = self.gyre("replay", "store/latest", status=2)
        self.assertEqual(again.out.splitlines()[-1],
                         "The recorded run has no digest, since it was cut short (stuck): nothing is compared.")


class Doublecheck(runs.RunsTestCase):
    def assert_caught(self, done):
        self.assertEqual((done.status, done.json()["doublecheck"]), (3, "different"), str(done))
        self.assertRegex(done.out, r"\nDoublecheck: NOT REPRODUCED by a second run, made differently on "
                                   r"purpose\.\nThe first difference is record \d+ of the journal:\n  "
                                   r"first +\S+s  send  .*\n  second +\S+s  send  .*\n")
        self.assertIn("\nSomething that gyre does not control decides what a node does: look at what it reads "
                      "there.\n", done.out)

    def test_good_nodes(self):
        for workload, program in [("echo", runs.built("cpp-echo")), ("echo", runs.node("python/echo.py")),
                                  ("broadcast", runs.built("cpp-broadcast"))]:
            with self.subTest(program):
                done = self.gyre("test", "-w", workload, "--seed", "3", "--time-limit", "1", "--doublecheck", "--json",
                                 "--nodes", "n1,n2", "--bin", program, status=0)
                self.assertIn("\nDoublecheck: a second run, made differently on purpose, did exactly the same.\n",
                              done.out)
                self.assertEqual(done.json()["doublecheck"], "equal")

    def test_every_leak_is_sealed(self):
        for leak in LEAKS:
            with self.subTest(leak):
                done = self.gyre(*ECHO, "--doublecheck", "--json", "--bin", runs.built("leaky-echo"), "--", leak,
                                 status=0)
                self.assertEqual((done.json()["doublecheck"], done.json()["grade"]), ("equal", "exact"))
                self.assertIn(done.digest(), self.gyre("replay", "store/latest", status=0).out)

    def test_what_cannot_be_sealed_is_caught(self):
        done = self.gyre(*ECHO, "--doublecheck", "--json", "--bin", runs.READS_FILE, "--",
                         self.changing_file(), status=3)
        self.assert_caught(done)
        self.assertIs(done.json()["valid"], True)

    def test_hash_seed_of_python(self):
        self.gyre(*ECHO, "--doublecheck", "--bin", runs.node("leaks/leaky-echo-hash.py"), status=0)


class Journal(runs.RunsTestCase):
    def test_filters(self):
        self.gyre(*FLOOD, "--nodes", "n1,n2,n3", "--bin", runs.built("cpp-broadcast"), status=0)

        def lines(*words):
            return self.gyre("journal", "store/latest", *words, status=0).out.splitlines()

        everything = lines()
        time = lambda line: float(re.match(r" *([\d.]+)s ", line).group(1))
        self.assertEqual([time(line) for line in everything], sorted(map(time, everything)))
        for words, holds in [
                (("--node", "n2"), lambda line: re.search(r"\bn2\b", line)),
                (("--type", "drop"), lambda line: re.match(r"\S*\s*\S+s  drop ", line)),
                (("--type", "broadcast_ok"), lambda line: '"type":"broadcast_ok"' in line or "  receive  " in line),
                (("--from", "1", "--to", "1.5"), lambda line: 1 <= time(line) <= 1.5)]:
            with self.subTest(words):
                chosen = lines(*words)
                self.assertEqual([line for line in chosen if not holds(line)], [])
                self.assertLess(len(chosen), len(everything))
                self.assertTrue(set(chosen) <= set(everything))
        self.assertGreater(len(lines("--type", "broadcast_ok", "--node", "n1")), 1)
        # Who receives is found by the message's number.
        acknowledged = lines("--type", "broadcast_ok")
        sent, received = ({re.search(r"#\d+", line).group(0) for line in acknowledged if f"s  {kind} " in line}
                          for kind in ("send", "receive"))
        self.assertTrue(received and received <= sent)
        self.assertEqual(len(lines("--from", "1", "--to", "1.5")), sum(1 <= time(line) <= 1.5 for line in everything))

    def test_closed_pipe(self):
        self.gyre(*FLOOD, "--bin", runs.built("cpp-broadcast"), status=0)
        with subprocess.Popen([runs.GYRE, "journal", "store/latest"], cwd=self.scratch, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as reader:
            reader.stdout.readline()
            reader.stdout.close()
            self.assertEqual(reader.stderr.read(), b"")
            self.assertIn(reader.wait(timeout=30), (0, -13, 141))


if __name__ == "__main__":
    unittest.main(verbosity=2)
