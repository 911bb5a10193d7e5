#!/usr/bin/env python3
"""An echo node that puts its hash seed and an address into each reply, as `leak`.

Python draws the seed of str hashes at start-up, from getrandom; id() is an address.
"""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        body["echo"] = request["body"]["echo"]
        body["leak"] = {"hash": hash("x"), "id": id(object())}
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
