#!/usr/bin/env python3
"""Echo: answers every request with the value that it carried."""
import json
import sys


def answer(body):
    if body["type"] == "init":
        return {"type": "init_ok"}
    if body["type"] == "echo":
        return {"type": "echo_ok", "echo": body["echo"]}
    return {"type": "error", "code": 10, "text": f"this node knows no {body['type']}"}


for line in sys.stdin:
    request = json.loads(line)
    body = {**answer(request["body"]), "in_reply_to": request["body"]["msg_id"]}
    reply = {"src": request["dest"], "dest": request["src"], "body": body}
    # flush: a reply that stays in the buffer is never sent.
    print(json.dumps(reply), flush=True)
