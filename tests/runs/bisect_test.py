#!/usr/bin/env python3
"""Bisecting: of runs that fail, the one decision that makes them fail; and two runs side by side."""

import re
import unittest

import runs

# Workload, program, its --bug, options; what decides, and how it was decided in the run that fails, and in the other.
ROWS = [
    ("broadcast", "cpp-broadcast-flood", None, runs.CUT, r'n\d -> n\d \{"message":\d+,"type":"broadcast"\}, sent at \S+s',
     "lost", r"arrives after \S+s"),
    ("lin-kv", "cpp-lin-kv-proxy", "reads-seq-kv", runs.CUT, r"which state a service answers from at \S+s", r"number \d+",
     "the newest"),
    # It fails whatever the nodes say to each other; without the addition there is nothing to count twice.
    ("pn-counter", "cpp-pn-counter", "double-counts", runs.CUT, r"process \d+ at n\d add -?\d+", "invoked",
     "not invoked"),
]


class Bisect(runs.RunsTestCase):
    def shrunk(self, workload, program, bug, options):
        """A small failing run, as store/latest."""
        self.gyre("shrink", self.convict(workload, program, bug, options), "--time-budget", "120", status=1, timeout=200)

    def test_the_decision(self):
        for workload, program, bug, options, what, fails, passes in ROWS:
            with self.subTest(f"{program} {bug}"):
                self.shrunk(workload, program, bug, options)
                done = self.gyre("bisect", "store/latest", "--time-budget", "120", status=0, timeout=200)
                self.assertRegex(done.out, rf"\nThis decides:    {what}\n  fails:   {fails}\n  passes:  {passes}\n"
                                           r"(Without it no operation is left that would show anything\.\n)?"
                                           r"Of reruns with fresh randomness after it \d+ of 20 fail, otherwise \d+ of "
                                           r"20\.\nThe two runs differ in this decision alone\.\n")
                self.assertRegex(done.out, r"\nVisible from     \S+s on: process \d+ (cas|read) ")
                passing = re.search(r"\nThe run that passes: (\S+)\n", done.out).group(1)
                # It does pass, and again; and gyre diff tells the decision, and the verdicts. With so few operations it may
                # be that none of a kind succeeds.
                self.assertIn("\nReproduced: digest ", self.gyre("replay", passing, "--strict").out)
                both = self.gyre("diff", "store/latest", passing, status=1)
                self.assertRegex(both.out, r"\nVerdicts:\n  first   invalid \(\S+\): .*\n  second  (valid|(invalid|unknown) "
                                           r"\(no-success\): .*)\n$")

    def test_when_it_is_inevitable(self):
        # A value is told to a neighbour once. From when that message is lost on nothing can help.
        self.shrunk(*ROWS[0][:4])
        done = self.gyre("bisect", "store/latest", "--time-budget", "120", status=0, timeout=200)
        told = re.search(r"\nInevitable from  (\S+)s on: all 30 reruns failed: a chance below 10% to pass, with 95% "
                         r"confidence\nAvoidable until  (\S+)s: \d+ of 30 reruns passed\n\nThis decides: .*, sent at "
                         r"(\S+)s\n", done.out)
        self.assertTrue(told, done.out)
        inevitable, avoidable, sent = map(float, told.groups())
        self.assertLess(avoidable, inevitable)
        self.assertLessEqual(sent, inevitable)

    def test_it_fails_whatever_is_decided(self):
        self.gyre("test", "-w", "echo", "--bin", runs.node("bad/init-error.py"), "--seed", "1", "--node-count", "1",
                  "--time-limit", "1", status=1)
        done = self.gyre("bisect", "store/latest", status=2)
        self.assertIn("\nNo decision was found that makes the run pass: it fails before any operation and fault.\n", done.out)

    def test_what_does_not_fail(self):
        self.gyre("test", "-w", "echo", "--bin", runs.built("cpp-echo"), "--seed", "1", "--time-limit", "1", status=0)
        refused = self.gyre("bisect", "store/latest", status=254)
        self.assertEqual(refused.err, "gyre: The run is valid: only of one that is invalid there is a cause to find.\n")

    def test_a_crash(self):
        self.gyre("test", "-w", "echo", "--bin", runs.node("bad/killed.py"), "--seed", "1", "--time-limit", "3", status=1)
        done = self.gyre("bisect", "store/latest", "--time-budget", "5")
        self.assertRegex(done.out, r"\nVisible from     \S+s on: n\d signal\n")


class Diff(runs.RunsTestCase):
    FLOOD = ("test", "-w", "broadcast", "--seed", "7", "--time-limit", "2", "--rate", "20", "--latency", "10")

    def test_messages_lost(self):
        self.gyre(*self.FLOOD, "--store", "a", "--bin", runs.built("cpp-broadcast"), status=0)
        self.gyre(*self.FLOOD, "--store", "b", "--bin", runs.built("cpp-broadcast"), "--p-loss", "0.02", status=0)
        both = self.gyre("diff", "a/latest", "b/latest", status=1)
        self.assertRegex(both.out, r'^They are configured differently:\n  p-loss: "0" and "0\.02"\n\nThe first decision '
                                   r"that differs, after \d+ equal ones, is a (delay|loss) at \S+s, key [0-9a-f]{16}\n"
                                   r" +\S+s  send +n\d -> n\d .*\n  first   arrives after \S+s\n  second  is lost\n\n"
                                   r"They part at record \d+ of the journal\. The first goes on:\n")
        self.assertIn("\nVerdicts:\n  first   valid\n  second  valid\n", both.out)

    def test_the_same(self):
        for store in ("a", "b"):
            self.gyre(*self.FLOOD, "--store", store, "--bin", runs.built("cpp-broadcast"), status=0)
        self.assertEqual(self.gyre("diff", "a/latest", "b/latest", status=0).out, "The two runs did the same.\n")

    def test_bad_input(self):
        self.assertEqual(self.gyre("diff", "x", status=254).err,
                         "gyre: Which runs? Name two directories of the store: gyre diff store/latest store/echo/...\n")
        self.assertEqual(self.gyre("diff", "/nonexistent", "y", status=254).err,
                         "gyre: There is no stored run in /nonexistent: cannot open /nonexistent/run.json: No such file "
                         "or directory.\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
