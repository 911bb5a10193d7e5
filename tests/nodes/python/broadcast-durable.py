#!/usr/bin/env python3
"""Broadcast that survives being killed: each value is in a file, synced, before anybody is told of it.

After a start it knows what the file says, and asks its neighbours for the rest; so do they of it, now and then.
"""
import json
import os
import sys
import threading
import time

GOSSIP_SECONDS = 0.5
LOG = "values.log"


class BroadcastNode:
    def __init__(self):
        self.lock = threading.Lock()  # Guards all below, and stdout.
        self.node_id = None
        self.neighbours = []
        self.log = open(LOG, "a+", encoding="utf-8")
        self.log.seek(0)
        # A line without its end was being written when the node was killed: nobody was told.
        self.values = {int(line) for line in self.log.read().split("\n")[:-1]}
        self.mend()

    def mend(self):
        self.log.truncate(0)
        for value in sorted(self.values):
            self.log.write(f"{value}\n")
        self.sync()

    def sync(self):
        self.log.flush()
        os.fsync(self.log.fileno())

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
            self.learn([body["message"]])
            self.reply(message, {"type": "broadcast_ok"})
        elif kind == "gossip":
            self.learn(body["values"])
        elif kind == "read":
            self.reply(message, {"type": "read_ok", "messages": sorted(self.values)})

    def learn(self, values):
        new = sorted(set(values) - self.values)
        if not new:
            return
        for value in new:
            self.log.write(f"{value}\n")
        self.sync()
        self.values.update(new)

    def gossip_forever(self):
        while True:
            time.sleep(GOSSIP_SECONDS)
            with self.lock:
                for neighbour in self.neighbours:
                    self.send(neighbour, {"type": "gossip", "values": sorted(self.values)})

    def reply(self, request, body):
        self.send(request["src"], {**body, "in_reply_to": request["body"]["msg_id"]})

    def send(self, dest, body):
        print(json.dumps({"src": self.node_id, "dest": dest, "body": body}), flush=True)


node = BroadcastNode()
threading.Thread(target=node.gossip_forever, daemon=True).start()
for line in sys.stdin:
    with node.lock:
        node.handle(json.loads(line))
