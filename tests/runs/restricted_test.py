#!/usr/bin/env python3
"""Machines that forbid what gyre needs, as containers do: a seccomp filter refuses the calls, and gyre says so.

Nothing may go on as if nothing had happened: either one sentence and status 254, or a run that is leaky by name.
"""

import ctypes
import os
import struct
import sys
import unittest

import runs

# x86-64.
PTRACE, PERSONALITY, PIDFD_GETFD, PROCESS_VM_READV = 101, 135, 438, 310
IN_CONTAINER = "in a container allow it by `docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined`"


def refuse(call):
    """From here on the call fails with EPERM in this process and what it starts (seccomp(2))."""
    program = b"".join(struct.pack("HBBI", *row) for row in [
        (0x20, 0, 0, 0),                # the call's number
        (0x15, 0, 1, call),
        (0x06, 0, 0, 0x00050000 | 1),   # EPERM
        (0x06, 0, 0, 0x7FFF0000),       # allowed
    ])
    text = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)          # no new privileges
    if libc.prctl(22, ctypes.c_ulong(2), ctypes.c_void_p(ctypes.addressof(header)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot install the filter")


class Restricted(runs.RunsTestCase):
    def without(self, call, status):
        program = f"import sys; sys.path.insert(0, {runs.HERE!r}); import os, restricted_test as r; r.refuse({call}); " \
                  "os.execv(sys.argv[1], sys.argv[1:])"
        self.write("gyre", f'#!/bin/sh\nexec {sys.executable} -c "{program}" {runs.GYRE} "$@"\n', 0o755)
        real, runs.GYRE = runs.GYRE, self.path("gyre")
        self.addCleanup(setattr, runs, "GYRE", real)
        return self.gyre("test", "-w", "echo", "--bin", runs.built("cpp-echo"), "--nodes", "n1", "--time-limit", "1",
                         "--seed", "1", status=status)

    def test_ptrace(self):
        done = self.without(PTRACE, 254)
        self.assertEqual(done.err, "gyre: starting n1: cannot trace node processes (PTRACE_SEIZE: Operation not "
                         f"permitted); {IN_CONTAINER}, elsewhere by `sysctl kernel.yama.ptrace_scope=1`\n")

    def test_pidfd_getfd(self):
        done = self.without(PIDFD_GETFD, 254)
        self.assertEqual(done.err, "gyre: cannot look at the descriptors of node processes (pidfd_getfd: Operation not "
                         f"permitted); {IN_CONTAINER}; it needs Linux 5.6\n")

    def test_process_vm_readv(self):
        done = self.without(PROCESS_VM_READV, 254)
        self.assertEqual(done.err, "gyre: cannot read the memory of node processes (process_vm_readv: Operation not "
                         f"permitted); {IN_CONTAINER}\n")

    def test_personality(self):
        done = self.without(PERSONALITY, 0)
        self.assertIn("\n  determinism leaky, digest ", done.out)
        self.assertIn("first leak  n1: node n1 address randomization could not be turned off (personality: Operation "
                      "not permitted): what depends on addresses differs from run to run", done.out)


if __name__ == "__main__":
    unittest.main()
