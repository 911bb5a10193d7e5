#!/usr/bin/env python3
"""Unique ids: the node's name makes an id unique among the nodes, a counter within the node.

The counter starts again with the process. A node that may be restarted has to keep it on disk.
"""
import itertools
import json
import sys

node_id = None
counter = itertools.count(1)


def answer(body):
    global node_id
    if body["type"] == "init":
        node_id = body["node_id"]
        return {"type": "init_ok"}
    if body["type"] == "generate":
        return {"type": "generate_ok", "id": f"{node_id}-{next(counter)}"}
    return {"type": "error", "code": 10, "text": f"this node knows no {body['type']}"}


for line in sys.stdin:
    request = json.loads(line)
    body = {**answer(request["body"]), "in_reply_to": request["body"]["msg_id"]}
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
