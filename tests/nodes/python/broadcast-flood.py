#!/usr/bin/env python3
"""Broadcast: flood without retry.

Every value is sent once to every neighbour. Right as long as the network delivers each message;
a lost one takes its value along, for all nodes behind that link.
"""
import json
import sys


class FloodNode:
    def __init__(self):
        self.node_id = None
        self.neighbours = []
        self.values = set()

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
            # A neighbour's broadcast has no msg_id: it waits for no answer.
            if "msg_id" in body:
                self.reply(message, {"type": "broadcast_ok"})
            self.learn(body["message"], message["src"])
        elif kind == "read":
            self.reply(message, {"type": "read_ok", "messages": list(self.values)})
        else:
            text = f"this node knows no {kind}"
            self.reply(message, {"type": "error", "code": 10, "text": text})

    def learn(self, value, sender):
        if value in self.values:
            return  # It has already been passed on.
        self.values.add(value)
        for neighbour in self.neighbours:
            if neighbour != sender:
                self.send(neighbour, {"type": "broadcast", "message": value})

    def reply(self, request, body):
        self.send(request["src"], {**body, "in_reply_to": request["body"]["msg_id"]})

    def send(self, dest, body):
        print(json.dumps({"src": self.node_id, "dest": dest, "body": body}), flush=True)


node = FloodNode()
for line in sys.stdin:
    node.handle(json.loads(line))
