"""What a node needs: messages in and out, replies to its requests, timers.

    node = Node()

    @node.on("echo")
    def echo(message):
        node.reply(message, {"type": "echo_ok", "echo": message["body"]["echo"]})

    node.run()

Handlers, callbacks and timers hold node.lock while they run: one at a time, so that they need no locks of their own.
"""
import argparse
import json
import queue
import sys
import threading
import time


class Node:
    def __init__(self):
        self.lock = threading.RLock()  # Guards all below, stdout, and what handlers share.
        self.node_id = None
        self.peers = []  # The other nodes.
        self.handlers = {"init": self.init}
        self.timers = []
        self.callbacks = {}  # msg_id -> what is called with the reply
        self.last_msg_id = 0

    def on(self, kind):
        """Decorates the handler of a type of message."""
        def register(handler):
            self.handlers[kind] = handler
            return handler
        return register

    def every(self, seconds):
        """Decorates what is done again and again, from init on."""
        def register(action):
            self.timers.append((seconds, action))
            return action
        return register

    def send(self, dest, body):
        with self.lock:
            print(json.dumps({"src": self.node_id, "dest": dest, "body": body}), flush=True)

    def reply(self, request, body):
        self.send(request["src"], {**body, "in_reply_to": request["body"]["msg_id"]})

    def call(self, dest, body, callback):
        """Sends a request; callback gets the reply's body, or is never called: messages get lost."""
        with self.lock:
            self.last_msg_id += 1
            self.callbacks[self.last_msg_id] = callback
            self.send(dest, {**body, "msg_id": self.last_msg_id})

    def ask(self, dest, body, seconds):
        """Sends a request and waits: the reply's body, or None if none came in time. Not in handlers: all wait."""
        answer = queue.Queue()
        self.call(dest, body, answer.put)
        try:
            return answer.get(timeout=seconds)
        except queue.Empty:
            return None

    def run(self):
        for line in sys.stdin:
            message = json.loads(line)
            with self.lock:
                self.handle(message)

    def handle(self, message):
        body = message["body"]
        if "in_reply_to" in body:
            callback = self.callbacks.pop(body["in_reply_to"], None)
            if callback:
                callback(body)
        elif body["type"] in self.handlers:
            self.handlers[body["type"]](message)
        else:
            self.reply(message, {"type": "error", "code": 10, "text": f"this node knows no {body['type']}"})

    def init(self, message):
        self.node_id = message["body"]["node_id"]
        self.peers = [name for name in message["body"]["node_ids"] if name != self.node_id]
        self.reply(message, {"type": "init_ok"})
        for seconds, action in self.timers:
            threading.Thread(target=self.repeat, args=(seconds, action), daemon=True).start()

    def repeat(self, seconds, action):
        while True:
            time.sleep(seconds)
            with self.lock:
                action()


def chosen_bug(*names):
    """The mistake that the command line asks for (--bug NAME), or None."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bug", choices=names)
    return parser.parse_args().bug
