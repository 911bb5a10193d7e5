#!/usr/bin/env python3
"""Stops in the middle of its first echo_ok: half a line, no newline, exit status 0."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    reply = json.dumps({"src": request["dest"], "dest": request["src"], "body": body})
    if body["type"] == "echo_ok":
        print(reply[: len(reply) // 2], end="", flush=True)
        sys.exit()
    print(reply, flush=True)
