#!/usr/bin/env python3
"""An echo node whose JSON has float64 numbers only: integers above 2^53 come back rounded."""
import json
import sys


def rounded(digits):
    return int(float(digits))


for line in sys.stdin:
    request = json.loads(line, parse_int=rounded)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        body["echo"] = request["body"]["echo"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
