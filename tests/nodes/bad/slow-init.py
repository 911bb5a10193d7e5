#!/usr/bin/env python3
"""An echo node that takes 20 seconds to answer init, twice as long as it may."""
import json
import sys
import time

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "init_ok":
        time.sleep(20)
    else:
        body["echo"] = request["body"]["echo"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
