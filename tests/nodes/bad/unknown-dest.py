#!/usr/bin/env python3
"""An echo node that also tells n99, which is no node of the test, about each echo."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        print(json.dumps({"src": request["dest"], "dest": "n99", "body": {"type": "gossip"}}))
        body["echo"] = request["body"]["echo"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
