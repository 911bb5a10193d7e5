#!/usr/bin/env python3
"""--thread-schedule: random finds a lost update between two threads, in an order that comes again; fifo never does."""

import json
import unittest

import runs

RACE = ("-w", "unique-ids", "--bin", runs.built("bad-racy-ids"), "--nodes", "n0", "--concurrency", "10", "--rate", "1000",
        "--service-time", "5", "--time-limit", "0.2")

# Two threads that yield to each other before the first message is read.
YIELDING_NODE = """
import json, os, sys, threading
def busy():
    for _ in range(3_000):
        os.sched_yield()
threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for line in sys.stdin:
    message = json.loads(line)
    body = dict(message["body"], type=message["body"]["type"] + "_ok", in_reply_to=message["body"]["msg_id"])
    print(json.dumps({"src": message["dest"], "dest": message["src"], "body": body}), flush=True)
"""


class Threads(runs.RunsTestCase):
    def test_first_come_first_served_never_loses_an_update(self):
        done = self.gyre("sweep", "--seeds", "1-200", *RACE, status=0, timeout=280)
        self.assertIn("\n200 seeds: 200 valid", done.out)

    def test_random_convicts(self):
        done = self.gyre("sweep", "--seeds", "1-200", *RACE, "--thread-schedule", "random", status=1, timeout=280)
        self.assertIn("duplicated: the id ", done.out)
        self.assertNotIn("not reproduced", done.out.lower())

    def test_the_order_is_recorded_comes_again_and_can_be_overridden(self):
        for seed in range(1, 50):
            first = self.gyre("test", "--seed", seed, *RACE, "--thread-schedule", "random", "--doublecheck", "--json")
            self.assertEqual(first.json()["doublecheck"], "equal")
            if first.status == 1:
                break
        self.assertEqual(json.loads(self.read("store/latest/run.json"))["config"]["thread-schedule"], "random")
        again = self.gyre("replay", "store/latest", "--strict", status=1)
        self.assertIn(f"Reproduced: digest {first.digest()}", again.out)
        decisions = [json.loads(line) for line in self.read("store/latest/decisions.jsonl").splitlines()]
        preempted = [dict(decision, value=0) for decision in decisions if decision["kind"] == "preempt"]
        # Without its preemptions nobody is interrupted between the counter's read and its write.
        self.write("none", "\n".join(map(json.dumps, preempted)))
        self.gyre("replay", "store/latest", "--override", "none", status=0)

    def test_a_busy_start_is_not_stepped_for_long(self):
        node = self.write("node.py", YIELDING_NODE)
        self.gyre("test", "-w", "echo", "--bin", "/usr/bin/python3", "--nodes", "n0", "--concurrency", "1", "--rate",
                  "10", "--time-limit", "0.5", "--seed", "1", "--thread-schedule", "random", "--", node, status=0)
        decisions = [json.loads(line) for line in self.read("store/latest/decisions.jsonl").splitlines()]
        at_start = sum(decision["kind"] == "preempt" for decision in decisions if decision["at"] < 10_000_000)
        # One in two turns and one in eight calls of the 2048 points at the start, of the 6000 that there are.
        self.assertGreater(at_start, 2048 // 8)
        self.assertLess(at_start, 2048)


if __name__ == "__main__":
    unittest.main()
