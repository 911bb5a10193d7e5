#!/usr/bin/env python3
"""Refuses to be initialized: answers init with error 14 (abort)."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    body = {"type": "error", "code": 14, "text": "no quorum of disks"}
    body["in_reply_to"] = request["body"]["msg_id"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
