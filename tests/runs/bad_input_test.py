#!/usr/bin/env python3
"""Bad input: programs that cannot run, nodes that misbehave, stores that cannot be written.

Every message is compared in full, and what the other node did must be in the results all the same.
"""

import json
import os
import subprocess
import unittest

import runs

TEST = ("test", "-w", "echo", "--seed", "1", "--rate", "10", "--time-limit", "1", "--step-wall-limit", "60")
ECHO_SHAPE = ('      expected: {"type": "echo_ok", "echo": any} or '
              '{"type": "error", "code": integer, "text": string (optional)}\n')
ECHO_TODO = ("      to do:    answer each echo with that shape (more members are allowed), and set in_reply_to to the "
             "msg_id of the very request that is answered.\n    and 4 more like it in results.json")
LAST_LINES = """
    last lines on stdout:
      {"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1}}
      {"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "in_reply_to": 1, "echo": "Please echo 2"}}
      {"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "in_reply_to": 2, "echo": "Please echo 45"}}"""

# What tests/runs/one_bad.py does on n1, exit status, how many of n1's operations have no known outcome, what is said.
FAULTS = [
    ("array", 1, 0, """\
What the nodes did:
  Ts n1 bad-line: wrote a line that is JSON, but not an object: [1, 2, 3]
    stdout carries messages only, one JSON object a line: write logs to stderr.
    and 4 more like it in results.json"""),
    ("exits", 1, 1, """\
What the nodes did:
  Ts n1 exit: ended with exit 7 at Ts: a node must run until the end of the test.""" + LAST_LINES + """
    last lines on stderr:
    cannot open data.db"""),
    ("flood-stderr", 0, 0, """\
What the nodes did:
  Ts n1 log-limit (told only): wrote more than 64 MiB to stderr in one step (--max-output); \
the next 37748736 bytes are not kept"""),
    ("half-line", 1, 1, """\
What the nodes did:
  Ts n1 partial-line: ended in the middle of a line, without a newline: {"src": "n1", "de
    It was not sent: end each message with a newline, and flush stdout.
  Ts n1 exit: ended with exit 0 at Ts: a node must run until the end of the test.""" + LAST_LINES),
    ("killed", 1, 1, """\
What the nodes did:
  Ts n1 signal: ended with signal 11 (SIGSEGV) at Ts: a node must run until the end of the test.""" + LAST_LINES),
    ("no-body", 1, 0, """\
What the nodes did:
  Ts n1 bad-line: wrote a line without a "body": {"src": "n1", "dest": "n2"}
    A message looks like {"src": "n1", "dest": "c1", "body": {"type": "echo_ok"}}.
    and 4 more like it in results.json"""),
    ("no-dest", 1, 0, """\
What the nodes did:
  Ts n1 bad-line: wrote a line without a string "dest": {"src": "n1", "body": {"type": "gossip"}}
    Every message names its destination.
    and 4 more like it in results.json"""),
    ("other-src", 1, 0, """\
What the nodes did:
  Ts n1 bad-line: wrote a line whose "src" is "n2": {"src": "n2", "dest": "n1", "body": {"type": "gossip"}}
    It must be the node's own name, "n1" (or a client's, to forward a request).
    and 4 more like it in results.json"""),
    ("no-type", 1, 5, """\
What the nodes did:
  Ts n1 missing-field: answered echo with something else than echo_ok: it has no "type".
      sent:     {"type":"echo","echo":"Please echo 87"}
""" + ECHO_SHAPE + """\
      received: {"in_reply_to":3,"echo":"Please echo 87"}
""" + ECHO_TODO),
    ("socket", 0, 0, """\
What the nodes did:
  Ts n1 network (told only): tried to connect to 192.0.2.1:80 and was refused (EACCES): \
a node reaches others only by messages on stdout; --allow-network lets it out"""),
    ("text", 1, 0, """\
What the nodes did:
  Ts n1 bad-line: wrote a line that is not valid JSON at byte 0: a missing or misplaced comma, colon, \
bracket, name or value: Hello, world
    stdout carries messages only, one JSON object a line: write logs to stderr.
    and 4 more like it in results.json"""),
    ("unknown-dest", 1, 0, """\
What the nodes did:
  Ts n1 unknown-destination: sent a message to "n99", and there is no such node: \
{"src": "n1", "dest": "n99", "body": {"type": "gossip"}}
    The nodes' names come with init; reply to the "src" of a request.
    and 4 more like it in results.json"""),
    ("wrong-type", 1, 5, """\
What the nodes did:
  Ts n1 wrong-reply: answered echo with something else than echo_ok: its type is "foo_ok", not "echo_ok".
      sent:     {"type":"echo","echo":"Please echo 87"}
""" + ECHO_SHAPE + """\
      received: {"type":"foo_ok","in_reply_to":3,"echo":"Please echo 87"}
""" + ECHO_TODO),
]

# The same for what keeps the run from beginning: no operation is lost, as there was none.
SETUP_FAULTS = [
    ("init-error", 'The run ended early, at Ts (setup-failed): n1 answered init with {"type": "error", "in_reply_to": '
                   '1, "code": 14, "text": "no quorum of disks"}; it must answer init_ok.'),
    ("no-init", "The run ended early, at 10.000s (setup-failed): n1 did not answer init within 10.000s of virtual "
                "time; it must answer init_ok with in_reply_to = the request's msg_id."),
]


# What tests/runs/bad_reply.py does, in which workload, exit status, the finding's kind, whether it is only told, and the
# first line of its text.
BAD_REPLIES = [
    ("fractional", "g-counter", 1, "fractional-integer", False,
     'n1 answered read with something else than read_ok: its "value" should be an integer, but is 2.5.'),
    ("missing", "g-set", 1, "missing-field", False,
     'n1 answered read with something else than read_ok: it has no "value".'),
    ("null", "g-set", 1, "null-list", False,
     'n1 answered read with something else than read_ok: its "value" should be [any, ...], but is null.'),
    ("other", "pn-counter", 1, "wrong-reply", False,
     'n1 answered read with something else than read_ok: its type is "write_ok", not "read_ok".'),
    ("rounded", "g-counter", 1, "float64-integer", True,
     'n1 answered read with "value" 1152921504606846976.0, a float64 beyond 2^53: a JSON library that reads or writes '
     'integers as float64 rounds neighbouring ones to one number. Have it keep integers, or use strings.'),
    ("text", "pn-counter", 1, "wrong-type", False,
     'n1 answered read with something else than read_ok: its "value" should be an integer, but is a string.'),
    ("nobody", "g-set", 0, "reply-to-nobody", True,
     'n1 sent c1 {"type": "read_ok", "value": 0, "in_reply_to": 1000} at Ts: c1 has sent no request 1000. Clients take '
     'replies only: set in_reply_to to the msg_id of the request.'),
    ("twice", "g-set", 0, "second-reply", True,
     'n1 sent c1 {"type": "read_ok", "in_reply_to": 2, "value": [0]} at Ts: request 2 of c1 was answered '
     'before. Answer each request once.'),
]


class BadReplies(runs.RunsTestCase):
    def test_each_is_a_finding(self):
        for fault, workload, status, kind, told, text in BAD_REPLIES:
            with self.subTest(fault):
                self.gyre("test", "-w", workload, "--seed", "1", "--rate", "10", "--time-limit", "1", "--nodes", "n1",
                          "--bin", os.path.join(runs.HERE, "bad_reply.py"), "--", fault, workload, status=status)
                findings = json.loads(self.read("store/latest/results.json"))["findings"]
                self.assertTrue(findings, fault)
                self.assertEqual({finding["kind"] for finding in findings}, {kind})
                self.assertEqual({finding["invalidates"] for finding in findings}, {not told})
                self.assertEqual(runs.timeless(findings[0]["text"]).split("\n")[0], text)

    def test_parity_forgives(self):
        done = self.gyre("test", "-w", "g-set", "--seed", "1", "--rate", "10", "--time-limit", "1", "--nodes", "n1",
                         "--parity", "maelstrom", "--bin", os.path.join(runs.HERE, "bad_reply.py"), "--", "other",
                         "g-set", "--json", status=1)
        findings = json.loads(self.read("store/latest/results.json"))["findings"]
        self.assertEqual({finding["invalidates"] for finding in findings}, {False}, str(done))


class BadNodes(runs.RunsTestCase):
    def one_bad(self, fault, status, *options):
        return self.gyre(*TEST, "--nodes", "n1,n2", *options, "--bin", runs.ONE_BAD, "--", fault, status=status)

    def test_the_other_node_goes_on(self):
        for fault, status, unknown, report in FAULTS:
            with self.subTest(fault):
                done = self.one_bad(fault, status)
                self.assertEqual(runs.timeless(done.report()), report)
                ops = self.history()
                self.assertEqual(sum(op["type"] == "info" for op in ops), unknown)
                # Threads 0 and 1 talk to n1 and n2; a process is its thread modulo 2.
                of_n2 = [op["type"] for op in ops if op["process"] % 2 == 1]
                self.assertGreaterEqual(len(of_n2), 18)
                self.assertEqual(of_n2, ["invoke", "ok"] * (len(of_n2) // 2))

    def test_setup(self):
        for fault, report in SETUP_FAULTS:
            with self.subTest(fault):
                self.assertEqual(runs.timeless(self.one_bad(fault, 1).report()), report)

    def test_flood_of_stdout(self):
        done = self.one_bad("flood-stdout", 1, "--max-output", "2")
        lines = runs.timeless(done.report()).splitlines()
        self.assertEqual(lines[0], "What the nodes did:")
        self.assertTrue(lines[1].startswith("  Ts n1 bad-line: wrote a line that is not valid JSON"), lines[1])
        self.assertTrue(lines[1].endswith("x... (65535 bytes)"), lines[1])
        self.assertEqual(lines[2:], [
            "    stdout carries messages only, one JSON object a line: write logs to stderr.",
            "    and 19 more like it in results.json",
            "  Ts n1 output-limit: wrote more than 2 MiB to stdout in one step (--max-output) and was ended; "
            "print only messages there, and logs to stderr",
            "  Ts n1 more-findings (told only): was found at fault 32 times (bad-line); the first 20 are listed, "
            "the journal has all."])
        self.assertGreaterEqual(sum(op["type"] == "ok" and op["process"] % 2 == 1 for op in self.history()), 9)

    def test_stuck(self):
        done = self.one_bad("spins", 2, "--step-wall-limit", "3", "--json")
        text = ("node n1: thread 0 (python3) was still running after 3.000s of wall time in one step, at virtual time "
                "Ts: does it loop for ever? --step-wall-limit SECONDS allows more.")
        self.assertEqual(runs.timeless(done.report()),
                         f"The run ended early, at Ts (stuck): {text}")
        self.assertEqual((done.json()["valid"], done.json()["reason"], done.json()["digest"]),
                         ("unknown", "stuck", None))
        self.assertGreater(sum(op["type"] == "ok" for op in self.history()), 0)

    def test_gigabyte_of_stderr(self):
        done = self.gyre(*TEST, "--nodes", "n1", "--bin", runs.built("bad-flood-stderr"), status=0)
        self.assertEqual(runs.timeless(done.report()),
                         "What the nodes did:\n  Ts n1 log-limit (told only): wrote more than 64 MiB to "
                         "stderr in one step (--max-output); the next 1006632960 bytes are not kept")
        self.assertLess(os.path.getsize(self.path("store/latest/node-logs/n1.log")), (64 << 20) + 200)

    def test_forks_without_end(self):
        done = self.gyre(*TEST, "--nodes", "n1", "--bin", runs.built("bad-fork-bomb"), status=0)
        self.assertEqual(runs.timeless(done.report()),
                         "What the nodes did:\n  Ts n1 limit-threads (told only): has 1024 threads and "
                         "processes, the limit; making more fails (EAGAIN)")
        left = subprocess.run(["pgrep", "-f", "^" + runs.built("bad-fork-bomb")], capture_output=True, check=False)
        self.assertEqual(left.stdout, b"")

    def test_exits_at_once(self):
        done = self.gyre(*TEST, "--nodes", "n1", "--bin", runs.node("bad/exits-at-once.sh"), status=1)
        self.assertEqual(runs.timeless(done.report()), """\
The run ended early, at Ts (setup-failed): n1 ended (exit 3) before it answered init.

What the nodes did:
  Ts n1 exit: ended with exit 3 at Ts: a node must run until the end of the test.
    last lines on stderr:
    exits-at-once: cannot open nodes.conf""")

    def test_script_by_a_relative_path(self):
        hint = ("Hint: the argument node.sh is a file here, but nodes begin in a directory of their own: give its "
                "whole path.\n")
        self.write("node.sh", "echo started >&2\nexit 3\n")
        shell = [*TEST, "--nodes", "n1", "--bin", "/bin/sh", "--"]
        self.assertTrue(self.gyre(*shell, "node.sh", status=1).out.endswith(hint))
        for arguments in (["gone.sh"], [self.path("node.sh")]):
            self.assertNotIn("Hint", self.gyre(*shell, *arguments, status=1).out)


class BadPrograms(runs.RunsTestCase):
    def complaint(self, program, status=254):
        done = self.gyre(*TEST, "--nodes", "n1", "--bin", program, status=status)
        self.assertFalse(os.path.lexists(self.path("store/latest")), "a run that never began is not stored")
        return done.err

    def test_missing(self):
        self.assertEqual(self.complaint("./missing"),
                         "gyre: --bin: cannot run SCRATCH/missing: No such file or directory; give the program of a "
                         "node, by its path or by its name on PATH.\n")
        self.assertEqual(self.complaint("no-such-program"),
                         "gyre: --bin: no program 'no-such-program' in PATH or in SCRATCH (a path such as "
                         "./no-such-program names one); give the program of a node, by its path or by its name on "
                         "PATH.\n")

    def test_directory(self):
        os.mkdir(self.path("folder"))
        self.assertEqual(self.complaint("./folder"),
                         "gyre: --bin: cannot run SCRATCH/folder: Is a directory; give the program of a node, by its "
                         "path or by its name on PATH.\n")

    def test_not_executable(self):
        self.write("node.py", "#!/usr/bin/env python3\n")
        self.assertEqual(self.complaint("./node.py"),
                         "gyre: --bin: cannot run SCRATCH/node.py: not executable (chmod +x makes it so); give the "
                         "program of a node, by its path or by its name on PATH.\n")

    def test_no_program(self):
        self.write("node", "print('hello')\n", 0o755)
        self.assertEqual(self.complaint("./node"),
                         'gyre: starting n1: cannot run "SCRATCH/node": Exec format error: it is neither a program '
                         "for this machine nor a script that begins with #!; give a script a first line such as "
                         "#!/bin/sh\n")

    def test_interpreter_missing(self):
        self.write("node", "#!/opt/none/python3\n", 0o755)
        self.assertEqual(self.complaint("./node"),
                         'gyre: starting n1: cannot run "SCRATCH/node": No such file or directory: its first line '
                         'names the interpreter "/opt/none/python3", which does not exist; install it or correct the '
                         "line\n")


class BadStores(runs.RunsTestCase):
    """The verdict is given and the exit status is its, wherever the files cannot go."""

    WORDS = ("test", "-w", "broadcast", "--seed", "1", "--rate", "100", "--time-limit", "20", "--nodes", "n1,n2",
             "--json")

    def test_store_in_a_file(self):
        self.write("file", "")
        done = self.gyre(*self.WORDS, "--bin", runs.built("cpp-broadcast-flood"), "--store", "file/store", status=0)
        self.assertEqual(done.err, "gyre: The run cannot be stored: cannot make directory file: Not a directory; free "
                                   "some space or name another place with --store DIR.\n")
        self.assertIs(done.json()["valid"], True)
        self.assertIsNone(done.json()["store"])
        self.assertIn("Seed 1. Replay: gyre test -w broadcast ", done.out)

    def mounted(self, options):
        if os.geteuid() != 0:
            self.skipTest("SKIPPED: only root can mount a small disk to fill")
        place = self.path("disk")
        os.mkdir(place)
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True,
                               check=False)
        if mount.returncode != 0:
            self.skipTest(f"SKIPPED: cannot mount a small disk: {mount.stderr.decode()}")
        self.addCleanup(subprocess.run, ["umount", place], check=True)
        return place

    def test_full_disk(self):
        disk = self.mounted("size=200k")
        done = self.gyre(*self.WORDS, "--bin", runs.built("cpp-broadcast-flood"), "--store", "disk", status=0)
        self.assertRegex(done.err, r"^gyre: The run is not stored: cannot write disk/broadcast/\.partial-\d+-\w{6}/"
                                   r"journal: No space left on device; free some space or name another place with "
                                   r"--store DIR\.\n$")
        self.assertIs(done.json()["valid"], True)
        self.assertIsNone(done.json()["store"])
        self.assertEqual(os.listdir(f"{disk}/broadcast"), [], "what was half written is removed")

    def test_read_only_disk(self):
        self.mounted("ro")
        done = self.gyre(*self.WORDS, "--bin", runs.built("cpp-broadcast-flood"), "--store", "disk", status=0)
        self.assertEqual(done.err, "gyre: The run cannot be stored: cannot make directory disk/broadcast: Read-only "
                                   "file system; free some space or name another place with --store DIR.\n")
        self.assertIs(done.json()["valid"], True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
