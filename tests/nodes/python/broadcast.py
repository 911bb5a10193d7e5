#!/usr/bin/env python3
"""Broadcast: flood with acknowledgement and retry.

A value goes on to every neighbour but the one it came from, and again and again until that
neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.
"""
import json
import sys
import threading
import time

RETRY_SECONDS = 0.5


class BroadcastNode:
    def __init__(self):
        self.lock = threading.Lock()  # Guards all below, and stdout.
        self.node_id = None
        self.neighbours = []
        self.values = set()
        self.unacknowledged = {}  # msg_id -> (neighbour, body)
        self.last_msg_id = 0

    def handle(self, message):
        body = message["body"]
        kind = body["type"]
        if kind == "init":
            self.node_id = body["node_id"]
            self.reply(message, {"type": "init_ok"})
        elif kind == "topology":
            self.neighbours = body["topology"][self.node_id]
            self.reply(message, {"type": "topology_ok"})
        elif kind == "broadcast":
            self.reply(message, {"type": "broadcast_ok"})
            self.learn(body["message"], message["src"])
        elif kind == "broadcast_ok":
            self.unacknowledged.pop(body["in_reply_to"], None)
        elif kind == "read":
            self.reply(message, {"type": "read_ok", "messages": list(self.values)})
        elif "in_reply_to" not in body:
            text = f"this node knows no {kind}"
            self.reply(message, {"type": "error", "code": 10, "text": text})

    def learn(self, value, sender):
        if value in self.values:
            return  # It is already on its way.
        self.values.add(value)
        for neighbour in self.neighbours:
            if neighbour == sender:
                continue
            self.last_msg_id += 1
            body = {"type": "broadcast", "msg_id": self.last_msg_id, "message": value}
            self.unacknowledged[self.last_msg_id] = (neighbour, body)
            self.send(neighbour, body)

    def retry_forever(self):
        while True:
            time.sleep(RETRY_SECONDS)
            with self.lock:
                for neighbour, body in self.unacknowledged.values():
                    self.send(neighbour, body)

    def reply(self, request, body):
        self.send(request["src"], {**body, "in_reply_to": request["body"]["msg_id"]})

    def send(self, dest, body):
        print(json.dumps({"src": self.node_id, "dest": dest, "body": body}), flush=True)


node = BroadcastNode()
threading.Thread(target=node.retry_forever, daemon=True).start()
for line in sys.stdin:
    with node.lock:
        node.handle(json.loads(line))
