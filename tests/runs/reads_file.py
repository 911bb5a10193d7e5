#!/usr/bin/env python3
"""An echo node that also answers with what is in the file that its argument names."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        body["echo"] = request["body"]["echo"]
        with open(sys.argv[1], encoding="utf-8") as file:
            body["leak"] = file.read()
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
