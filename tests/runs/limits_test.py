#!/usr/bin/env python3
"""What a node may not do: each limit and each refused call is told by name, and what leaks, with its place."""

import os
import shutil
import socket
import threading
import unittest

import runs

# A node that first does what `before` says, in Python.
NODE = """#!/usr/bin/python3
import ctypes, os, runpy, socket, sys
call = ctypes.CDLL(None, use_errno=True).syscall
{before}
runpy.run_path({echo!r})
"""


class Limits(runs.RunsTestCase):
    def told(self, before, *options, status=0):
        # Beside the node: what lies elsewhere in /tmp is not there for it.
        echo = shutil.copy(runs.node("python/echo.py"), self.path("echo.py"))
        node = self.write("node.py", NODE.format(before=before, echo=echo), 0o755)
        return self.gyre("test", "-w", "echo", "--seed", "1", "--nodes", "n1", "--time-limit", "1", "--bin", node, *options,
                         status=status)

    def test_refused_calls(self):
        for name, number in [("bpf", 321), ("keyctl", 250), ("mount", 165), ("ptrace", 101), ("setns", 308),
                             ("unshare", 272)]:
            with self.subTest(name):
                done = self.told(f"assert call({number}, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1", "--doublecheck")
                self.assertIn(f" called {name} and was refused (EPERM): it would leave the node's surroundings",
                              done.out)
                self.assertIn("determinism exact", done.out)

    def test_a_call_without_a_row_is_told_with_its_place(self):
        done = self.told("call(450, 0, 0, 0, 0)")
        self.assertIn("determinism leaky", done.out)
        self.assertRegex(done.out, r"first leak  n1: node n1 made system call 450, which is not in the table; it may block or "
                                   r"tell of the machine \(thread 0 \(node\.py\) in libc\.so\.6 syscall\+0x\w+, called from "
                                   r"\S+.*, virtual time 0\.\d+s\)")

    def test_memory(self):
        hungry = "try:\n    bytearray(500 << 20)\n    sys.exit(7)\nexcept MemoryError:\n    pass"
        done = self.told(hungry, "--max-memory", "300", "--doublecheck")
        self.assertIn(": was refused memory: each of its processes may have 300 MiB of it (--max-memory)", done.out)
        self.assertIn("determinism exact", done.out)
        self.assertNotIn("refused memory", self.told("bytearray(200 << 20)", "--max-memory", "300").out)
        self.assertIn("Reproduced", self.gyre("replay", "store/latest", "--strict", status=0).out)

    def test_threads_and_files(self):
        done = self.told("pids = [os.fork() for _ in range(2)]", "--max-threads", "3", status=1)
        self.assertRegex(done.out, r": has 3 threads and processes")
        full = ("try:\n    open('/tmp/big', 'wb').write(bytes(3 << 20))\n    sys.exit(7)\n"
                "except OSError as error:\n    assert error.errno == 28")
        self.told(full, "--max-files", "2")

    def test_network(self):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
            # An address of this machine that is not the loopback's.
            route.connect(("192.0.2.1", 9))
            here = route.getsockname()[0]
            if here.startswith("127."):
                self.skipTest("this machine has no address of its own")
            port = server.getsockname()[1]
            server.close()
            with socket.create_server((here, port)) as outside:
                threading.Thread(target=self.greet, args=[outside], daemon=True).start()
                asks = f"s = socket.create_connection(({here!r}, {port}), 5)\n"
                refused = self.told("try:\n    " + asks + "    sys.exit(7)\nexcept PermissionError:\n    pass")
                self.assertIn(f": tried to connect to {here}:{port} and was refused (EACCES): a node reaches others "
                              "only by messages on stdout; --allow-network lets it out", refused.out)
                self.assertIn("determinism exact", refused.out)
                let = self.told(asks + "assert s.recv(5) == b'hello'", "--allow-network")
                self.assertRegex(let.out, rf"first leak  n1: node n1 was let out of the simulation, to connect to {here}:"
                                          rf"{port} \(--allow-network\) \(thread 0 ")

    @staticmethod
    def greet(server):
        with server.accept()[0] as connection:
            connection.sendall(b"hello")

    def test_doublecheck_names_the_first_call_that_differs(self):
        path = self.changing_file()
        done = self.told(f"for _ in range(int(open({path!r}).read()) % 97): os.stat('/')", "--doublecheck", status=3)
        self.assertRegex(done.out, r"The first node whose system calls differ is n1:\n  first     \w{32}, \d+ calls\n"
                                   r"  second    \w{32}, \d+ calls\nThe first of them that differs is number \d+:\n"
                                   r"  first     at 0\.\d+s thread 0: \w+.*\n  second    at 0\.\d+s thread 0: \w+.*\n")

    def test_replay_names_the_first_call_that_differs(self):
        # The time of a file that was not opened is in no manifest.
        path = self.write("touched", "")
        os.utime(path, (3, 3))
        self.told(f"[os.stat('/') for _ in range(int(os.stat({path!r}).st_mtime))]; os.getrandom(4)", "--json")
        self.assertRegex(self.gyre("replay", "store/latest", "--strict", status=0).out, r"\nReproduced: digest \w{32}\n$")
        os.utime(path, (2, 2))
        for option, status in ((), 0), (("--strict",), 3):
            done = self.gyre("replay", "store/latest", *option, status=status)
            self.assertRegex(done.out,
                             r"\nReproduced, with other system calls \(a failure with --strict\)\.\n"
                             r"The first node whose system calls differ is n1:\n  recorded  \w{32}, \d+ calls\n"
                             r"  replayed  \w{32}, \d+ calls\nThe first of them that differs is number \d+:\n"
                             r"  recorded  at 0\.\d+s thread 0: newfstatat, made by the kernel\n"
                             r"  replayed  at 0\.\d+s thread 0: getrandom, answered with 4\n$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
