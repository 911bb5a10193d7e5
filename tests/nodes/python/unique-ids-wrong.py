#!/usr/bin/env python3
"""Unique ids, wrong: the id is a counter alone, and each node has its own.

Two nodes hand out the same ids. One node alone passes, which is why one tests with several.
"""
import itertools
import json
import sys

counter = itertools.count(1)


def answer(body):
    if body["type"] == "init":
        return {"type": "init_ok"}
    if body["type"] == "generate":
        return {"type": "generate_ok", "id": next(counter)}
    return {"type": "error", "code": 10, "text": f"this node knows no {body['type']}"}


for line in sys.stdin:
    request = json.loads(line)
    body = {**answer(request["body"]), "in_reply_to": request["body"]["msg_id"]}
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
