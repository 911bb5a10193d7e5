#!/usr/bin/env python3
"""Shrinking: of runs that fail, small ones that fail the same way, are stored, and replay like any other."""

import json
import re
import shutil
import signal
import subprocess
import unittest

import runs

NEAR = ("--rate", "100", "--time-limit", "5")

# Workload, program, its --bug, options; what it is convicted of; and how many operations and faults are left at most.
# What is right about the program is the same without the --bug, or in another program.
ROWS = [
    ("broadcast", "cpp-broadcast-flood", None, runs.CUT, "lost", 2),
    ("g-set", "cpp-g-set", "overwrites", runs.CUT, "lost", 4),
    ("lin-kv", "cpp-lin-kv-proxy", "reads-seq-kv", runs.CUT, "nonlinearizable", 10),
    ("pn-counter", "cpp-pn-counter", "double-counts", runs.CUT, "wrong-final-read", 3),
    ("txn-rw-register", "cpp-txn-occ", "lost-update", (*NEAR, "--consistency-models", "cursor-stability"),
     "lost-update", 4),
]
TWINS = {"cpp-broadcast-flood": "cpp-broadcast"}
RAFT = ("lin-kv", "cpp-raft", "reads-locally", runs.CUT)


class Shrink(runs.RunsTestCase):
    def test_wrong_nodes(self):
        for workload, program, bug, options, anomaly, most in ROWS:
            with self.subTest(f"{program} {bug}"):
                store = self.convict(workload, program, bug, options)
                before = json.loads(self.read(f"{store}/run.json"))
                done = self.gyre("shrink", store, "--time-budget", "120", status=1, timeout=200)
                after = json.loads(self.read("store/latest/run.json"))
                self.assertEqual((before["result"]["anomaly"], after["result"]["anomaly"]), (anomaly, anomaly), str(done))
                config = after["config"]
                left = (after["result"]["operations"], len(config["faults"]), len(config["nodes"]))
                self.assertLessEqual(left[0] + left[1], most, str(done))
                self.assertTrue(done.out.startswith(f"Shrinking {store}\n"), str(done))
                self.assertRegex(done.out, rf"\n{left[0]} operations?, {left[1]} faults?, {left[2]} nodes?, .* s\nof "
                                           r"\d+ operations, .* s, in \d+ runs, \d+\.\d s\n\n")
                # The story fits a screen.
                self.assertLess(done.out.count("\n"), 60, done.out)
                # It is a run like any other: replayed, kept, and shrunk to itself.
                again = self.gyre("replay", "store/latest", "--strict", status=1)
                self.assertIn("\nReproduced: digest ", again.out)
                # And the bug is in it: not even a small run convicts what is right.
                # Beside its wrapper, which leaves the arguments out: a node sees no other part of /tmp.
                shutil.copy(runs.built(TWINS.get(program, program)), self.path("right"))
                twin = self.write("twin.sh", "#!/bin/sh\nexec ${0%/*}/right\n", 0o755)
                mended = self.gyre("replay", "store/latest", "--bin", twin)
                self.assertNotIn("\nINVALID", mended.out)
                self.gyre("save", "store/latest", f"seeds-{program}-{bug}.json", status=0)

    def test_the_result_does_not_depend_on_the_number_of_jobs(self):
        store = self.convict(*ROWS[1][:4])
        digests = set()
        for jobs in ("1", "2", "3"):
            self.gyre("shrink", store, "--jobs", jobs, "--time-budget", "300", status=1, timeout=300)
            digests.add(json.loads(self.read("store/latest/run.json"))["result"]["digest"])
        self.assertEqual(len(digests), 1)

    def test_a_crash_stays_at_its_place(self):
        # Dies at the third request in one way, at any other in another: fewer requests are another failure.
        node = self.write("node.py", '''#!/usr/bin/env python3
import json, sys
count = 0
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    if body["type"] == "echo":
        count += 1
        if count == 3:
            sys.exit("third of %d" % body["msg_id"])
    reply = dict(body, type=body["type"] + "_ok", in_reply_to=body["msg_id"])
    print(json.dumps({"src": message["dest"], "dest": message["src"], "body": reply}), flush=True)
''', 0o755)
        self.gyre("test", "-w", "echo", "--bin", node, "--seed", "1", "--node-count", "3", "--time-limit", "5", "--rate",
                  "20", "--env", "PATH=/usr/bin:/bin", status=1)
        self.assertEqual(json.loads(self.read("store/latest/run.json"))["result"]["site"], "exit 1: third of #")
        done = self.gyre("shrink", "store/latest", status=1)
        self.assertRegex(done.out, r"\n3 operations, 0 faults, 1 node, ")
        self.assertRegex(done.out, r"\n +\S+s  exit  n\d ended with exit 1 at ")

    def test_ctrl_c_keeps_the_best_so_far(self):
        store = self.convict(*RAFT)
        with subprocess.Popen([runs.GYRE, "shrink", store, "--jobs", "1"], cwd=self.scratch, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shrink:
            begun = shrink.stdout.readline() + shrink.stdout.readline()
            self.assertRegex(begun, r"^Shrinking .*\n  time +20 -> ")
            shrink.send_signal(signal.SIGINT)
            out, err = shrink.communicate(timeout=120)
        self.assertEqual((shrink.returncode, err), (1, ""), begun + out)
        self.assertIn("\nInterrupted: this is the best so far.\n", begun + out)
        self.assertIn("\nReproduced: digest ", self.gyre("replay", "store/latest", status=1).out)

    def test_the_time_budget(self):
        store = self.convict(*RAFT)
        done = self.gyre("shrink", store, "--time-budget", "1", status=1)
        self.assertIn("\nThe time budget is over: this is the best so far.\n", done.out)
        self.assertLess(float(re.search(r"in \d+ runs, (\d+\.\d) s", done.out).group(1)), 10)

    def test_a_place_that_cannot_be_written_is_told_before_the_search(self):
        store = self.convict(*ROWS[0][:4])
        self.write("file", "")
        for command in ("shrink", "bisect"):
            refused = self.gyre(command, store, "--store", "file/store", status=254)
            self.assertEqual((refused.out, refused.err),
                             ("", "gyre: The run cannot be stored: cannot make directory file: Not a directory; free some "
                                  "space or name another place with --store DIR.\n"))

    def test_what_does_not_fail(self):
        self.gyre("test", "-w", "echo", "--bin", runs.built("cpp-echo"), "--seed", "1", "--time-limit", "1", status=0)
        refused = self.gyre("shrink", "store/latest", status=254)
        self.assertEqual(refused.err, "gyre: The run is valid: only one that is invalid can be made smaller.\n")
        self.assertEqual(self.gyre("shrink", status=254).err,
                         "gyre: Which run? Name one directory of the store, or a seed file: gyre shrink store/latest\n")
        self.assertEqual(self.gyre("shrink", "x", "--time-budget", "soon", status=254).err,
                         "gyre: --time-budget: 'soon' is not a length of time such as 10, 0.5 or 50us; `gyre shrink --help` "
                         "says what it takes.\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
