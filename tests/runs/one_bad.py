#!/usr/bin/env python3
"""An echo node that misbehaves on n1 only, in the way its argument names; a test sees what becomes of the others."""
import json
import os
import signal
import socket
import sys
import time

FAULTY_ECHO = 3  # from this one on


def send(message):
    print(json.dumps(message), flush=True)


def flood(write, total):
    piece = b"x" * 65535 + b"\n"
    for _ in range(total // len(piece)):
        write(piece)


def fork_without_end():
    for _ in range(3000):
        try:
            if os.fork() == 0:
                time.sleep(1000)
                os._exit(0)
        except OSError:
            pass


def open_socket():
    try:
        socket.create_connection(("192.0.2.1", 80))
    except OSError as refusal:
        print(f"no connection: {refusal}", file=sys.stderr, flush=True)


def spin():
    while True:
        pass


# What happens before n1 answers an echo.
BEFORE_ECHO = {
    "array": lambda: send([1, 2, 3]),
    "exits": lambda: (print("cannot open data.db", file=sys.stderr, flush=True), sys.exit(7)),
    "flood-stderr": lambda: flood(lambda piece: os.write(2, piece), 100 << 20),
    "flood-stdout": lambda: flood(sys.stdout.buffer.write, 1 << 30),
    "forks": fork_without_end,
    "half-line": lambda: (print('{"src": "n1", "de', end="", flush=True), sys.exit(0)),
    "killed": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "no-body": lambda: send({"src": "n1", "dest": "n2"}),
    "no-dest": lambda: send({"src": "n1", "body": {"type": "gossip"}}),
    "other-src": lambda: send({"src": "n2", "dest": "n1", "body": {"type": "gossip"}}),
    "socket": open_socket,
    "spins": spin,
    "text": lambda: print("Hello, world", flush=True),
    "unknown-dest": lambda: send({"src": "n1", "dest": "n99", "body": {"type": "gossip"}}),
}


def main():
    fault = sys.argv[1]
    echoes = 0
    for line in sys.stdin:
        request = json.loads(line)
        bad = request["dest"] == "n1"
        body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
        if body["type"] == "init_ok":
            if bad and fault == "no-init":
                continue
            if bad and fault == "init-error":
                body.update(type="error", code=14, text="no quorum of disks")
        else:
            echoes += 1
            body["echo"] = request["body"]["echo"]
            if bad and echoes >= FAULTY_ECHO:
                BEFORE_ECHO.get(fault, lambda: None)()
                if fault == "wrong-type":
                    body["type"] = "foo_ok"
                if fault == "no-type":
                    del body["type"]
        send({"src": request["dest"], "dest": request["src"], "body": body})


if __name__ == "__main__":
    main()
