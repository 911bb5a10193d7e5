#!/usr/bin/env python3
"""Options of test and sweep on whole runs: --json, --test-count, sweeps and their reports, wrapper scripts."""

import json
import os
import shlex
import subprocess
import unittest
import xml.etree.ElementTree

import runs

FLOOD = ("-w", "broadcast", "--time-limit", "2", "--rate", "20", "--latency", "10", "--nodes", "n1,n2,n3")
ECHO = ("test", "-w", "echo", "--seed", "1", "--nodes", "n1,n2", "--time-limit", "1", "--rate", "5")

JSON_KEYS = {"valid", "seed", "grade", "digest", "call_digest", "virtual_s", "wall_s", "operations", "messages",
             "store"}


class Test(runs.RunsTestCase):
    def test_json(self):
        done = self.gyre("test", *FLOOD, "--seed", "5", "--json", "--bin", runs.built("cpp-broadcast"), status=0)
        result = done.json()
        self.assertLessEqual(JSON_KEYS, set(result))
        self.assertEqual((result["valid"], result["seed"], result["grade"], result["digest"]),
                         (True, 5, "exact", done.digest()))
        self.assertEqual(result["operations"], sum(op["type"] == "invoke" for op in self.history()))
        self.assertEqual(os.path.realpath(self.path(result["store"])), os.path.realpath(self.path("store/latest")))
        self.assertGreater(result["virtual_s"], 11, "2 s and the 10 s of recovery")
        self.assertGreater(result["wall_s"], 0)
        lost = self.gyre("test", *FLOOD, "--seed", "5", "--json", "--bin", runs.built("cpp-broadcast-no-gossip"),
                         status=1)
        self.assertEqual((lost.json()["valid"], lost.json()["anomaly"]), (False, "lost"))

    def test_seed_is_drawn_and_told(self):
        done = self.gyre(*ECHO[:3], *ECHO[5:], "--bin", runs.built("cpp-echo"), "--json", status=0)
        seed = done.json()["seed"]
        self.assertTrue(done.out.startswith(f"Seed {seed}: echo, 2 nodes, "), done.out)
        self.assertIn(f"\nSeed {seed}. Replay: gyre replay {done.json()['store']}\n", done.out)
        command = done.out.splitlines()[1].removeprefix("The same again: gyre ")
        self.assertEqual(self.gyre(*shlex.split(command), status=0).digest(), done.digest())

    def test_count(self):
        done = self.gyre("test", *FLOOD, "--seed", "5", "--test-count", "3", "--json", "--bin",
                         runs.built("cpp-broadcast"), status=0)
        self.assertEqual([line for line in done.out.splitlines() if line.startswith("VALID")], ["VALID  broadcast"] * 3)
        for seed in (5, 6, 7):
            self.assertIn(f"\nSeed {seed}. Replay: ", done.out)
        self.assertEqual(len(os.listdir(self.path("store/broadcast"))), 3)

    def test_wrapper_scripts(self):
        plain = self.gyre(*ECHO, "--bin", runs.built("cpp-echo"), status=0)
        for wrapper in ("exec-wrapper.sh", "spawn-wrapper.sh"):
            with self.subTest(wrapper):
                done = self.gyre(*ECHO, "--doublecheck", "--json", "--bin", runs.node(f"bad/{wrapper}"), "--",
                                 runs.built("cpp-echo"), status=0)
                self.assertEqual((done.json()["valid"], done.json()["doublecheck"]), (True, "equal"))
                self.assertEqual(done.digest(), plain.digest(), "what it does does not hang on how it was started")

    def test_console_logs(self):
        done = self.gyre(*ECHO, "--log-stderr", "--log-net-send", "--log-net-recv", "--bin", runs.ONE_BAD, "--",
                         "socket", status=0)
        self.assertIn("no connection: [Errno 13] Permission denied", done.err)
        self.assertIn("Please echo", done.err)
        self.assertNotIn("Please echo", done.out)


class Sweep(runs.RunsTestCase):
    def sweep(self, program, *words, status):
        return self.gyre("sweep", *FLOOD, "--jobs", "2", "--bin", runs.built(program), *words, status=status)

    def test_failures_are_grouped(self):
        done = self.sweep("cpp-broadcast-no-gossip", "--seeds", "1-6", "--keep", "2", "--out", "out.jsonl", "--junit",
                          "junit.xml", "--doublecheck-ratio", "0", status=1)
        told, summary = done.out.split("\n\n", 1)
        # A failure is two lines: what it is, and the command that repeats it.
        self.assertEqual(len(told.splitlines()), 12)
        self.assertRegex(summary, rf"^6 seeds: 6 invalid; 0 run twice\n{runs.COVERED}\n  lost, 6 seeds, for instance seed 1: "
                                  r"element \d+ is lost: .*\n    gyre (replay|test) .*\n$")
        lines = [json.loads(line) for line in self.read("out.jsonl").splitlines()]
        self.assertEqual(sorted(line["seed"] for line in lines), [1, 2, 3, 4, 5, 6])
        for line in lines:
            self.assertLessEqual(JSON_KEYS, set(line))
            self.assertEqual((line["valid"], line["anomaly"], line["status"]), (False, "lost", 1))
        stored = [line for line in lines if line["store"] is not None]
        self.assertEqual(len(stored), 2)
        self.assertEqual(sorted(os.listdir(self.path("store/broadcast"))),
                         sorted(os.path.basename(line["store"]) for line in stored))
        self.assertFalse(os.path.lexists(self.path("store/latest")), "only test moves latest")
        suite = xml.etree.ElementTree.parse(self.path("junit.xml")).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("6", "6"))
        self.assertEqual([case.get("name") for case in suite], [f"seed {seed}" for seed in range(1, 7)])

        # The command of each kind, pasted into a shell.
        commands = [line.strip() for line in told.splitlines() if line.startswith("  gyre ")]
        by_seed = {line["seed"]: line["digest"] for line in lines}
        for kind in ("gyre replay ", "gyre test "):
            with self.subTest(kind):
                place = next(i for i, command in enumerate(commands) if command.startswith(kind))
                seed = int(told.splitlines()[2 * place].split()[1])
                pasted = subprocess.run(["sh", "-c", commands[place].replace("gyre", shlex.quote(runs.GYRE), 1)],
                                        cwd=self.scratch, capture_output=True, text=True, check=False)
                self.assertEqual(pasted.returncode, 1)
                self.assertIn(f"digest {by_seed[seed]}", pasted.stdout)

    def test_stop_after(self):
        done = self.sweep("cpp-broadcast-no-gossip", "--seeds", "1-1000", "--stop-after", "2", "--out", "out.jsonl",
                          status=1)
        # Those that were running are waited for.
        self.assertIn(len(self.read("out.jsonl").splitlines()), (2, 3), done.out)

    def test_good_nodes_store_nothing(self):
        done = self.sweep("cpp-broadcast", "--seeds", "1-4", "--doublecheck", status=0)
        self.assertRegex(done.out, rf"^\n4 seeds: 4 valid; 4 run twice\n{runs.COVERED}$")
        self.assertEqual(os.listdir(self.path("store/broadcast")), [])

    def test_leak_is_not_reproduced(self):
        done = self.gyre("sweep", *ECHO[1:3], *ECHO[5:], "--seeds", "1-2", "--doublecheck", "--bin", runs.READS_FILE,
                         "--", self.changing_file(), status=3)
        self.assertRegex(done.out, rf"\n2 seeds: 2 not reproduced; 2 run twice\n{runs.COVERED}\n  not-reproduced, 2 seeds, for "
                                   r"instance seed 1: The first difference is record \d+ of the journal:")

    def test_program_that_cannot_start(self):
        self.write("node", "no program", 0o755)
        done = self.gyre("sweep", *FLOOD, "--seeds", "1-9", "--bin", "./node", status=254)
        self.assertIn('gyre: starting n1: cannot run "SCRATCH/node": Exec format error', done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
