#!/usr/bin/env python3
"""Sweeps whose results are kept in a file: whatever is killed in the middle, no finished seed is lost and none counted
twice; parts of many jobs are put together; options are varied by seed."""

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import time
import unittest

import runs

FLOOD = ("-w", "broadcast", "--time-limit", "2", "--rate", "20", "--latency", "10", "--p-loss", "0.05",
         "--doublecheck-ratio", "0", "--keep", "0")
PROGRAM = ("--bin", runs.built("cpp-broadcast-flood"))


class Sweep(runs.RunsTestCase):
    def sweep(self, *words, status=None, env=None):
        return self.gyre("sweep", *FLOOD, *PROGRAM, *words, status=status, env=env)

    def start(self, *words, **more):
        return subprocess.Popen([runs.GYRE, "sweep", *FLOOD, *PROGRAM, *words], cwd=self.scratch,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)

    def rows(self, name):
        """What a results file holds: digests by seed. That no seed is there twice, the file itself sees to."""
        with sqlite3.connect(self.path(name)) as db:
            rows = db.execute("SELECT seed, line FROM seeds").fetchall()
        return {seed: json.loads(line)["digest"] for seed, line in rows}

    def wait_for(self, name, count):
        for _ in range(600):
            try:
                if len(self.rows(name)) >= count:
                    return
            except sqlite3.Error:
                pass  # not made yet, or being written
            time.sleep(0.05)
        self.fail(f"{name} never had {count} seeds")

    def whole(self, seeds):
        self.sweep("--seeds", seeds, "--db", "whole.db", status=1)
        return self.rows("whole.db")

    def test_killed_in_the_middle_and_resumed(self):
        whole = self.whole("1-60")
        self.assertEqual(sorted(whole), list(range(1, 61)))
        for how in (signal.SIGKILL, signal.SIGINT):
            with self.subTest(how):
                name = f"{how.name}.db"
                with self.start("--seeds", "1-60", "--db", name) as sweep:
                    self.wait_for(name, 5)
                    sweep.send_signal(how)
                    sweep.communicate(timeout=60)
                finished = self.rows(name)
                self.assertLess(len(finished), 60)
                self.assertEqual(finished, {seed: whole[seed] for seed in finished})
                again = self.sweep("--seeds", "1-60", "--db", name, status=1)
                self.assertIn("\n60 seeds: ", again.out)
                self.assertIn(f"\n{len(finished)} of these had ended before.\n", again.out)
                self.assertEqual(self.rows(name), whole)

    def test_a_killed_simulation_is_done_again(self):
        name = "worker.db"
        killed = 0
        with self.start("--seeds", "1-60", "--db", name) as sweep:
            self.wait_for(name, 3)
            while killed < 3 and sweep.poll() is None:
                try:
                    with open(f"/proc/{sweep.pid}/task/{sweep.pid}/children", encoding="utf-8") as file:
                        children = file.read().split()
                    if children:
                        os.kill(int(children[0]), signal.SIGKILL)
                        killed += 1
                except (ProcessLookupError, FileNotFoundError):
                    pass
                time.sleep(0.05)
            sweep.communicate(timeout=60)
        self.assertEqual(sweep.returncode, 255)
        lost = 60 - len(self.rows(name))
        self.assertTrue(1 <= lost <= killed, f"{killed} were killed, {lost} are missing")
        self.sweep("--seeds", "1-60", "--db", name, status=1)
        self.assertEqual(self.rows(name), self.whole("1-60"))

    def test_a_full_disk(self):
        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

        name = "full.db"
        with self.start("--seeds", "1-100", "--db", name, preexec_fn=little_room) as sweep:
            out, err = sweep.communicate(timeout=100)
        self.assertEqual(sweep.returncode, 1, out + err)
        self.assertRegex(err, r"gyre: cannot write full\.db: .*; the sweep goes on without\. What is in the file stays, and "
                              r"the same command will go on from there\.\n")
        self.assertIn("\n100 seeds: ", out)
        finished = len(self.rows(name))
        self.assertTrue(0 < finished < 100)
        again = self.sweep("--seeds", "1-100", "--db", name, status=1)
        self.assertIn(f"\n{finished} of these had ended before.\n", again.out)
        self.assertEqual(self.rows(name), self.whole("1-100"))

    def test_parts_are_merged_each_seed_once(self):
        whole = self.whole("1-30")
        for part in range(3):
            index = "JOB_COMPLETION_INDEX" if part < 2 else "SLURM_ARRAY_TASK_ID"
            kind = ("--db", f"part-{part}.db") if part != 1 else ("--out", "part-1.jsonl")
            self.sweep("--seeds", "1-30", "--batch", "12", *kind, env=dict(os.environ, **{index: str(part)}))
        self.assertEqual(self.gyre("merge", "all.db", "part-0.db", "part-1.jsonl", "part-2.db", status=0).out,
                         "30 seeds, 30 of them new; 0 came again\n")
        self.assertEqual(self.rows("all.db"), whole)
        # Again, and with the last line torn, as a killed job leaves it.
        torn = self.read("part-1.jsonl")[:-40]
        self.write("torn.jsonl", torn)
        self.assertEqual(self.gyre("merge", "all.db", "part-0.db", "torn.jsonl", status=0).out,
                         "30 seeds, 0 of them new; 23 came again\n")
        self.assertEqual(self.rows("all.db"), whole)
        line = next(line for line in self.read("part-1.jsonl").splitlines() if whole[13] in line)
        self.write("other.jsonl", line.replace(whole[13], "0" * 32) + "\n")
        different = self.gyre("merge", "all.db", "other.jsonl", status=3)
        self.assertRegex(different.err, rf"^gyre: Seed 13 did something else in other\.jsonl: \w+, digest 0{{32}}; kept is "
                                        rf"\w+, digest {whole[13]}\.\n$")
        self.assertEqual(self.rows("all.db"), whole)

    def test_what_the_file_tells(self):
        done = self.sweep("--seeds", "1-20", "--db", "x.db", "--out", "x.jsonl", status=1)
        summary = done.out[done.out.index("\n20 seeds: "):]
        self.assertEqual(self.gyre("sweep", "status", "x.db", status=1).out, summary)
        failures = self.gyre("sweep", "failures", "x.db", status=1)
        self.assertEqual(failures.out.count("  invalid  lost: "), int(re.search(r"(\d+) invalid", summary).group(1)))
        lines = sorted(self.read("x.jsonl").splitlines(), key=lambda line: json.loads(line)["seed"])
        self.assertEqual(self.gyre("sweep", "show", "x.db", status=0).out.splitlines(), lines)
        self.assertEqual(self.gyre("sweep", "show", "x.db", "7", status=0).out, lines[6] + "\n")

    def test_coverage_is_of_all_seeds_however_they_came_together(self):
        words = ("--nemesis", "kill,partition", "--nemesis-interval", "0.3", "--partition-kinds", "one,bridge")
        self.sweep(*words, "--seeds", "1-12", "--db", "whole.db")
        self.sweep(*words, "--seeds", "1-5", "--db", "part.db", "--jobs", "1")
        resumed = self.sweep(*words, "--seeds", "1-12", "--db", "part.db")
        self.sweep(*words, "--seeds", "6-12", "--out", "part.jsonl")
        self.sweep(*words, "--seeds", "1-7", "--db", "first.db")
        self.gyre("merge", "all.db", "first.db", "part.jsonl", status=0)
        tables = [self.gyre("sweep", "coverage", name, status=0).out for name in ("whole.db", "part.db", "all.db")]
        self.assertEqual(tables[0].splitlines()[0], "   seeds  for instance")
        self.assertRegex(tables[0], r"\n +12 +1  init, then topology\n")
        self.assertRegex(tables[0], r"\n +\d+ +\d+  fault: loss\n")
        self.assertEqual(tables, tables[:1] * 3)
        statuses = [self.gyre("sweep", "status", name).out for name in ("whole.db", "part.db", "all.db")]
        line = statuses[0].splitlines()[2]
        pairs = len(re.findall(", then ", tables[0]))
        kinds = {name: len(re.findall(f"fault: {name} ", tables[0])) for name in ("kill", "partition")}
        self.assertEqual(line, f"{pairs} pairs of message types, faults: kill ({kinds['kill']} of 4 kinds), loss, "
                               f"partition ({kinds['partition']} of 2 kinds)")
        for text in (*statuses, resumed.out):
            self.assertIn(f"\n{line}\n", text)
        # The parts of another sweep are refused.
        self.sweep("--seeds", "1-2", "--db", "other.db")
        self.assertEqual(self.gyre("merge", "all.db", "other.db", status=254).err,
                         "gyre: all.db holds the seeds of another sweep: nemesis is kill,partition there and nothing here, "
                         "nemesis-interval is 0.3 there and 10 here, partition-kinds is [\"one\",\"bridge\"] there and [] "
                         "here; name another file.\n")

    def test_a_terminal_shows_how_far_it_is_in_one_line(self):
        shown = self.on_terminal(["sweep", *FLOOD, *PROGRAM, "--seeds", "1-6"], columns=80)
        lines = re.findall(r"\r\x1b\[K([^\r\x1b\n]+)", shown)
        self.assertTrue(any(re.match(r"\d of 6 seeds, \d+ an hour, \d failures in [01] groups; \d+ pairs of", line)
                            for line in lines), shown)
        self.assertEqual(max(map(len, lines)), 79)

    def test_the_store_has_each_seed_of_a_sweep_and_of_its_parts_nothing(self):
        env = dict(os.environ, JOB_COMPLETION_INDEX="0")
        self.sweep("--seeds", "1-4", "--batch", "2", "--db", "x.db", env=env)
        self.assertFalse(os.path.exists(self.path("store/sweeps")))
        # What had ended before is told too.
        self.sweep("--seeds", "1-4", "--db", "x.db", env=env)
        name, = os.listdir(self.path("store/sweeps"))
        head, *seeds = map(json.loads, self.read(f"store/sweeps/{name}").splitlines())
        self.assertEqual((head["workload"], head["first"], head["last"]), ("broadcast", 1, 4))
        self.assertEqual(sorted(seed["seed"] for seed in seeds), [1, 2, 3, 4])

    def test_another_program_under_the_same_name(self):
        node = self.write("node.sh", f"#!/bin/sh\nexec {PROGRAM[1]}\n", 0o755)
        words = ("sweep", *FLOOD, "--bin", node, "--seeds", "1-4", "--db", "x.db")
        self.gyre(*words)
        before = self.rows("x.db")
        self.write("node.sh", f"#!/bin/sh\n# mended\nexec {PROGRAM[1]}\n", 0o755)
        refused = self.gyre(*words, "--out", "x.jsonl", status=254)
        self.assertEqual(refused.err, "gyre: x.db holds the seeds of another program: its file has changed since, or the "
                                      "script that it is given; name another file.\n")
        # A script that an interpreter is given.
        script = ("sweep", *FLOOD, "--bin", "/bin/sh", "--seeds", "1-2", "--db", "z.db", "--", node)
        self.gyre(*script)
        self.gyre(*script)
        self.write("node.sh", f"#!/bin/sh\n# mended twice\nexec {PROGRAM[1]}\n", 0o755)
        self.assertIn("z.db holds the seeds of another program: ", self.gyre(*script, status=254).err)
        self.assertFalse(os.path.exists(self.path("x.jsonl")))
        self.assertEqual(self.rows("x.db"), before)
        # In the middle.
        with subprocess.Popen([runs.GYRE, "sweep", *FLOOD, "--bin", node, "--seeds", "1-100000", "--db", "y.db"],
                              cwd=self.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sweep:
            self.wait_for("y.db", 3)
            self.write("node.sh", "#!/bin/sh\nexit 1\n", 0o755)
            out, err = sweep.communicate(timeout=60)
        self.assertEqual((sweep.returncode, err), (254, f"gyre: {self.path('node.sh')} was written to while the sweep ran, and "
                                                        "the seeds of two programs do not go together. What had ended is "
                                                        "kept; sweep the new program from the beginning.\n"), out)
        self.assertGreaterEqual(len(self.rows("y.db")), 3)

    def test_lines_of_a_resumed_sweep_are_of_all_its_seeds(self):
        self.sweep("--seeds", "1-3", "--db", "x.db", "--out", "x.jsonl")
        first = self.read("x.jsonl").splitlines()
        self.sweep("--seeds", "1-5", "--db", "x.db", "--out", "x.jsonl")
        lines = self.read("x.jsonl").splitlines()
        self.assertEqual(sorted(json.loads(line)["seed"] for line in lines), [1, 2, 3, 4, 5])
        self.assertLessEqual(set(first), set(lines))

    def test_the_file_is_only_read_by_who_asks_what_is_in_it(self):
        self.write("empty.db", "")
        self.gyre("sweep", "status", "empty.db", status=254)
        self.assertEqual(self.read("empty.db"), "")
        for word in ("status", "failures", "coverage", "show"):
            self.assertTrue(self.gyre("sweep", word, "--help", status=0).out.startswith("Usage: gyre sweep status FILE  "))

    def test_bad_input(self):
        self.sweep("--seeds", "1-2", "--db", "x.db")
        self.write("notes.txt", "eggs, milk\n" * 100)
        self.write("empty.db", "")
        for name, made in (("songs.db", "CREATE TABLE songs(name)"), ("later.db", "CREATE TABLE about(name, value)")):
            with sqlite3.connect(self.path(name)) as db:
                db.execute(made)
                if name == "later.db":
                    db.execute("INSERT INTO about VALUES('format', '2')")
        table = [
            (("sweep", *FLOOD, *PROGRAM, "--rate", "21", "--seeds", "1-2", "--db", "x.db"),
             "x.db holds the seeds of another sweep: rate is 20 there and 21 here; name another file."),
            (("sweep", *FLOOD, *PROGRAM, "--swarm", "--seeds", "1-2", "--db", "x.db"),
             "x.db holds the seeds of another sweep: swarm is false there and true here; name another file."),
            (("sweep", *FLOOD, *PROGRAM, "--seeds", "1-2", "--batch", "1"),
             "--batch: neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID says which part of the seeds this is."),
            (("sweep", *FLOOD, *PROGRAM, "--seeds", "1-2", "--vary", "rate=5"),
             "--vary: 'rate=5' is not a range such as latency=0..200 or p-loss=0..0.05; `gyre sweep --help` says what it "
             "takes."),
            (("sweep", *FLOOD, *PROGRAM, "--seeds", "1-2", "--vary", "p-loss=0..2"),
             "--p-loss: '2' is not between 0 and 1; `gyre sweep --help` says what it takes."),
            (("sweep", "status"),
             "Which sweep? gyre sweep status FILE, gyre sweep failures FILE, gyre sweep coverage FILE, gyre sweep show "
             "FILE [SEED]"),
            (("sweep", "status", "none.db"), "cannot open none.db: No such file or directory"),
            (("sweep", "status", "notes.txt"), "notes.txt is not what `gyre sweep --db` wrote; name another file."),
            (("sweep", "failures", "empty.db"), "empty.db is not what `gyre sweep --db` wrote; name another file."),
            (("sweep", "status", "songs.db"), "songs.db is not what `gyre sweep --db` wrote; name another file."),
            (("sweep", *FLOOD, *PROGRAM, "--seeds", "1-2", "--db", "songs.db"),
             "songs.db is not what `gyre sweep --db` wrote; name another file."),
            (("sweep", "coverage", "later.db"),
             "later.db is of another version of gyre: its format is 2, and this one knows 1; name another file."),
            (("sweep", *FLOOD, *PROGRAM, "--seeds", "1-2", "--db", "later.db"),
             "later.db is of another version of gyre: its format is 2, and this one knows 1; name another file."),
            (("sweep", "show", "x.db", "9"), "Seed 9 has not ended."),
            (("merge", "x.db"), "Which parts, and where to? gyre merge all.db part-0.db part-1.jsonl"),
        ]
        for words, sentence in table:
            with self.subTest(words[-3:]):
                self.assertEqual(self.gyre(*words, status=254).err, f"gyre: {sentence}\n")
        wrong = self.sweep("--seeds", "1-2", "--batch", "1", status=254,
                           env=dict(os.environ, JOB_COMPLETION_INDEX="2"))
        self.assertEqual(wrong.err, "gyre: --batch: there is no part 2 of seeds 1-2 by 1.\n")

    def test_the_time_budget(self):
        # How many seeds that are, and whether one of them fails, is the machine's affair.
        done = self.sweep("--seeds", "1-100000", "--time-budget", "1", "--db", "x.db")
        self.assertIn(done.status, (0, 1), str(done))
        self.assertTrue(done.out.endswith("\nThe time budget is over.\n"), done.out)
        self.assertEqual(sorted(self.rows("x.db")), list(range(1, len(self.rows("x.db")) + 1)))

    def varied(self, *words):
        """The configurations of the failing runs of a sweep, which are stored."""
        self.gyre("sweep", *FLOOD, "--bin", runs.built("cpp-broadcast-no-gossip"), *words, "--seeds", "1-16", "--keep",
                  "100", "--out", "out.jsonl", status=1)
        outcomes = [json.loads(line) for line in self.read("out.jsonl").splitlines()]
        stored = [o["store"] for o in outcomes if o["store"]]
        # Each is told by its replay command, and replays.
        self.gyre("replay", stored[0], status=1)
        return [json.loads(self.read(f"{store}/run.json"))["config"] for store in stored]

    def test_options_vary_by_seed(self):
        configs = self.varied("--vary", "node-count=2..5,latency=1..40", "--vary", "p-loss=0.1..0.35")
        self.assertGreater(len({len(config["nodes"]) for config in configs}), 1)
        self.assertGreater(len({config["latency"] for config in configs}), 5)
        for config in configs:
            self.assertTrue(2 <= len(config["nodes"]) <= 5 and config["concurrency"] == len(config["nodes"]), config)
            self.assertTrue(1 <= float(config["latency"]) <= 40 and float(config["latency"]).is_integer())
            self.assertTrue(0.1 <= float(config["p-loss"]) <= 0.35)

    def test_swarms(self):
        configs = self.varied("--swarm", "--nemesis", "partition,pause", "--nemesis-interval", "1", "--concurrency", "4n")
        seen = {(config["latency"], config["p-loss"], config["nemesis"], config["concurrency"]) for config in configs}
        self.assertEqual({row[0] for row in seen}, {"0", "10"})
        self.assertEqual({row[1] for row in seen}, {"0", "0.05"})
        self.assertEqual({row[2] for row in seen}, {"", "partition", "pause", "partition,pause"})
        self.assertEqual({row[3] for row in seen}, {5, 20})
        for config in configs:
            kinds = {fault["f"].split("-")[-1] for fault in config["faults"]}
            self.assertEqual(kinds - {"resume"}, {k for k in ("partition", "pause") if k in config["nemesis"]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
