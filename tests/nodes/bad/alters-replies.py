#!/usr/bin/env python3
"""alters-replies.py HOW PROGRAM ARGUMENT...: runs PROGRAM as a child and alters what it answers to transactions.

append-for-read  a read is answered as an append of the value that was read
truncated        the last micro-operation is left out of every fifth reply
"""
import json
import subprocess
import sys
import threading

how = sys.argv[1]
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def pass_requests():
    for line in sys.stdin.buffer:
        child.stdin.write(line)
        child.stdin.flush()


threading.Thread(target=pass_requests, daemon=True).start()
replies = 0
for line in child.stdout:
    message = json.loads(line)
    body = message["body"]
    if body["type"] == "txn_ok":
        replies += 1
        if how == "append-for-read":
            body["txn"] = [["append" if f == "r" else f, key, value] for f, key, value in body["txn"]]
        elif how == "truncated" and replies % 5 == 0:
            body["txn"].pop()
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
