#!/usr/bin/env python3
"""Broadcast without gossip: wrong as soon as there are two nodes.

Each node remembers what its own clients said and tells nobody.
"""
import json
import sys

values = set()


def answer(body):
    if body["type"] == "init":
        return {"type": "init_ok"}
    if body["type"] == "topology":
        return {"type": "topology_ok"}
    if body["type"] == "broadcast":
        values.add(body["message"])
        return {"type": "broadcast_ok"}
    if body["type"] == "read":
        return {"type": "read_ok", "messages": list(values)}
    return {"type": "error", "code": 10, "text": f"this node knows no {body['type']}"}


for line in sys.stdin:
    request = json.loads(line)
    body = {**answer(request["body"]), "in_reply_to": request["body"]["msg_id"]}
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
