#!/usr/bin/env python3
"""An echo node that reaches for the network, on its first echo, and answers whatever comes of it.

It listens on a TCP port of its own, and connects to 192.0.2.1, an address that is kept for
documentation (RFC 5737) and belongs to nobody.
"""
import json
import socket
import sys

def reach_out():
    try:
        listener = socket.create_server(("127.0.0.1", 0))
        outgoing = socket.socket()
        outgoing.setblocking(False)  # Where there is a network, nothing would ever answer.
        error = outgoing.connect_ex(("192.0.2.1", 80))
        print(f"listens on {listener.getsockname()}; connect: errno {error}", file=sys.stderr)
        return [listener, outgoing]
    except OSError as refusal:
        print(f"no socket: {refusal}", file=sys.stderr)
        return []


sockets = None
for line in sys.stdin:
    request = json.loads(line)
    body = {"type": request["body"]["type"] + "_ok", "in_reply_to": request["body"]["msg_id"]}
    if body["type"] == "echo_ok":
        if sockets is None:
            sockets = reach_out()
        body["echo"] = request["body"]["echo"]
    print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)
