#!/usr/bin/env python3
"""An echo node that writes JSON which is no message, before each echo_ok."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        print([1, 2, 3])
        body["echo"] = request["body"]["echo"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
