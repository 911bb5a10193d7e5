#!/usr/bin/env python3
"""An echo node that dies of SIGSEGV once it has answered three echoes."""
import json
import os
import signal
import sys

echoes = 0
for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        body["echo"] = request["body"]["echo"]
        echoes += 1
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
    if echoes == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
