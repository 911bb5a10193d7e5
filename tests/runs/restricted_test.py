#!/usr/bin/env python3
"""Machines that forbid what gyre needs, as containers do: a seccomp filter refuses the calls, and gyre says so.

Nothing may go on as if nothing had happened: either one sentence and status 254, or a run that is leaky by name.
"""

import ctypes
import json
import os
import shutil
import struct
import sys
import unittest

import runs

# x86-64.
PTRACE, PERSONALITY, PIDFD_GETFD, PROCESS_VM_READV = 101, 135, 438, 310
UNSHARE, MOUNT, SETNS, CLONE, CLONE3 = 272, 165, 308, 56, 435
MOUNT_SETATTR, MOVE_MOUNT, OPEN_TREE = 442, 429, 428
# What a default container denies, of all that gyre calls.
CONTAINER = (UNSHARE, MOUNT, SETNS, CLONE, CLONE3, MOUNT_SETATTR, MOVE_MOUNT, OPEN_TREE, PIDFD_GETFD, PERSONALITY)
GOLDEN_DOCTOR = os.path.join(os.path.dirname(runs.HERE), "golden", "doctor-container.txt")
# What `gyre doctor` says of the processor and of settings that no container changes is not in it.
MACHINE = ("cpuid faulting", "memory cgroup", "pipe capacity", "PR_SET_TSC", "Yama ptrace_scope")
LOSSES = ["no pid namespace: process ids are made up, and a node sees the machine's processes in /proc",
          "no mount namespace: a node's directory is a real one below /tmp/gyre-node, at another path while another "
          "gyre runs, all else in /tmp is shared, and nodes may write wherever the caller may",
          "no network namespace: nodes reach the machine's network",
          "no IPC namespace: nodes share the machine's System V IPC and message queues",
          "no host name namespace: nodes see the machine's host name"]
NO_PERSONALITY = "address randomization could not be turned off (personality: Operation not permitted): what depends " \
                 "on addresses differs from run to run"
IN_CONTAINER = "in a container allow it by `docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined`"


# An echo node that counts its messages in a file, and ends if another has.
KEEPER = r"""#!/usr/bin/python3
import json, os, sys
path = os.path.join(os.environ["HOME"], "state")
assert path == os.path.abspath("state") == sys.argv[1], (path, os.getcwd(), sys.argv)
open(path, "x").close()
for count, line in enumerate(sys.stdin):
    with open(path) as file:
        assert len(file.read()) == count
    with open(path, "a") as file:
        file.write("x")
    message = json.loads(line)
    body = dict(message["body"], in_reply_to=message["body"]["msg_id"])
    body["type"] += "_ok"
    print(json.dumps({"src": message["dest"], "dest": message["src"], "body": body}), flush=True)
"""

EPERM, ENOSYS = 0x00050000 | 1, 0x00050000 | 38  # SECCOMP_RET_ERRNO
NEW_NAMESPACES = 0x7E020000                       # CLONE_NEWNS, CLONE_NEWPID, ...


def refuse(*calls):
    """From here on the calls fail with EPERM in this process and what it starts (seccomp(2))."""
    rows = [(0x20, 0, 0, 0)]                      # the call's number
    for call in calls:
        if call == CLONE:                         # with flags for namespaces only
            rows += [(0x15, 0, 4, CLONE), (0x20, 0, 0, 16), (0x45, 0, 1, NEW_NAMESPACES), (0x06, 0, 0, EPERM),
                     (0x06, 0, 0, 0x7FFF0000)]
        else:
            rows += [(0x15, 0, 1, call), (0x06, 0, 0, ENOSYS if call == CLONE3 else EPERM)]
    rows.append((0x06, 0, 0, 0x7FFF0000))         # allowed
    program = b"".join(struct.pack("HBBI", *row) for row in rows)
    text = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)          # no new privileges
    if libc.prctl(22, ctypes.c_ulong(2), ctypes.c_void_p(ctypes.addressof(header)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot install the filter")


class Restricted(runs.RunsTestCase):
    def without(self, calls, status, words=None, user=None):
        """A run of echo, or another command of gyre where `words` begin with its name."""
        calls = calls if isinstance(calls, tuple) else (calls,)
        become = f"os.setgid({user}); os.setuid({user}); " if user is not None else ""
        program = f"import sys; sys.path.insert(0, {runs.HERE!r}); import os, restricted_test as r; {become}" \
                  f"r.refuse(*{calls}); os.execv(sys.argv[1], sys.argv[1:])"
        self.write("gyre", f'#!/bin/sh\nexec {sys.executable} -c "{program}" {runs.GYRE} "$@"\n', 0o755)
        real, runs.GYRE = runs.GYRE, self.path("gyre")
        try:
            if words and words[0] in ("doctor", "sweep"):
                return self.gyre(*words, status=status)
            return self.gyre("test", "-w", "echo", "--nodes", "n1", "--time-limit", "1", "--seed", "1", "--env",
                             f"MARK={self.scratch}", "--bin", *(words or [runs.built("cpp-echo")]), status=status)
        finally:
            runs.GYRE = real

    def test_ptrace(self):
        done = self.without(PTRACE, 254)
        self.assertEqual(done.err, "gyre: starting n1: cannot trace node processes (PTRACE_SEIZE: Operation not "
                         f"permitted); {IN_CONTAINER}, elsewhere by `sysctl kernel.yama.ptrace_scope=1`\n")

    def test_pidfd_getfd(self):
        """Nothing is lost: the same run, exact, with descriptors asked for in another way."""
        for words in ([runs.built("cpp-echo")], [runs.node("python/echo.py")], [runs.node("node/echo.js")],
                      [runs.node("ruby/echo.rb")]):
            with self.subTest(str(words)):
                done = self.without(PIDFD_GETFD, 0, [*words, "--doublecheck"])
                self.assertIn("\n  determinism exact, digest ", done.out)
                allowed = self.without((), 0, words)
                self.assertEqual(done.digest(), allowed.digest())

    def test_process_vm_readv(self):
        done = self.without(PROCESS_VM_READV, 254)
        self.assertEqual(done.err, "gyre: cannot read the memory of node processes (process_vm_readv: Operation not "
                         f"permitted); {IN_CONTAINER}\n")

    def test_no_namespaces(self):
        """As in a default container: runs go on, leaky by name, for root and for others, and leave no process."""
        os.chmod(self.scratch, 0o777)
        for user in (None, 65534) if os.geteuid() == 0 else (None,):
            for words in ([runs.built("cpp-echo")], [runs.node("bad/spawn-wrapper.sh"), "--", runs.built("cpp-echo")],
                          [runs.node("python/echo.py"), "--doublecheck"]):
                with self.subTest(f"{user} {words}"):
                    before = set(os.listdir("/proc"))
                    shutil.rmtree("/tmp/gyre-node", ignore_errors=True)
                    shutil.rmtree(self.path("store"), ignore_errors=True)
                    done = self.without((UNSHARE, MOUNT, SETNS, CLONE, CLONE3), None, words, user)
                    shutil.rmtree("/tmp/gyre-node", ignore_errors=True)
                    self.assertIn(done.status, (0, 3), str(done))
                    self.assertIn("\n  determinism leaky, digest ", done.out)
                    self.assertIn(f"first leak  n1: node n1 {LOSSES[0]}", done.out)
                    findings = json.loads(self.read("store/latest/results.json"))["findings"]
                    self.assertEqual([finding["text"] for finding in findings], [f"node n1 {loss}" for loss in LOSSES])
                    left = [pid for pid in set(os.listdir("/proc")) - before if pid.isdigit() and self.is_node(pid)]
                    self.assertEqual(left, [])

    def contained(self, calls, losses, words=()):
        """Each language as an ordinary user, twice: equal digests, leaky by name of `losses` only."""
        os.chmod(self.scratch, 0o777)
        user = 65534 if os.geteuid() == 0 else None
        programs = [runs.built("cpp-echo"), runs.built("go-echo"), runs.built("java-echo"),
                    runs.node("python/echo.py"), runs.node("node/echo.js"), runs.node("ruby/echo.rb")]
        for program in filter(os.path.exists, programs):
            with self.subTest(program):
                digests = []
                for _ in range(2):
                    shutil.rmtree("/tmp/gyre-node", ignore_errors=True)
                    shutil.rmtree(self.path("store"), ignore_errors=True)
                    done = self.without(calls, 0, [program, *words], user)
                    digests.append(done.digest())
                shutil.rmtree("/tmp/gyre-node", ignore_errors=True)
                self.assertIn("\n  determinism leaky, digest ", done.out)
                self.assertEqual(digests[0], digests[1])
                findings = json.loads(self.read("store/latest/results.json"))["findings"]
                self.assertEqual([finding["text"] for finding in findings], [f"node n1 {loss}" for loss in losses])

    def test_default_container(self):
        self.contained(CONTAINER, [*LOSSES, NO_PERSONALITY])

    def test_own_directories(self):
        """Nodes side by side, of one run and of several, each have their files alone, and find none at the start."""
        os.chmod(self.scratch, 0o777)
        node = self.write("node.py", KEEPER, 0o755)
        user = 65534 if os.geteuid() == 0 else None
        shutil.rmtree("/tmp/gyre-node", ignore_errors=True)
        self.without(CONTAINER, 0, ["sweep", "-w", "echo", "--bin", node, "--node-count", "3", "--seeds", "1-6", "--jobs", "2",
                                    "--rate", "20", "--time-limit", "2", "--", "/tmp/gyre-node/state"], user)
        places = [os.path.join(root, name) for root, names, files in os.walk("/tmp/gyre-node") for name in names + files]
        self.assertEqual([place for place in sorted(places) if len(os.path.basename(place)) != 3], [])
        self.assertEqual([place for place in places if os.listdir(place) != []], [])

    def test_container_without_randomization(self):
        """Where addresses are not randomized, the nodes' system calls are the same as well."""
        self.contained(tuple(call for call in CONTAINER if call != PERSONALITY), LOSSES, ["--doublecheck"])

    def test_doctor(self):
        """Each loss of a default container and its remedy, in full text."""
        os.chmod(self.scratch, 0o777)
        done = self.without(CONTAINER, 0, ["doctor"], 65534 if os.geteuid() == 0 else None)
        text, of_machine = "", False
        for line in done.out.splitlines(keepends=True)[:-2]:
            if line[6] != " ":
                of_machine = line[6:31].strip() in MACHINE
            text += "" if of_machine else line
        self.assertIn("is said above.\n", done.out)
        with open(GOLDEN_DOCTOR, encoding="utf-8") as golden:
            self.assertEqual(text, golden.read())

    def is_node(self, pid):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return f"MARK={self.scratch}".encode() in file.read()
        except OSError:
            return False

    def test_personality(self):
        done = self.without(PERSONALITY, 0)
        self.assertIn("\n  determinism leaky, digest ", done.out)
        self.assertIn("first leak  n1: node n1 " + NO_PERSONALITY, done.out)


if __name__ == "__main__":
    unittest.main()
