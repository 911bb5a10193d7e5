#!/usr/bin/env python3
"""A counter in the service seq-kv, whose total all nodes change by cas.

Beside the total stands how many additions of each node are in it. A cas that is not answered may have happened, and
that number says whether it did: nothing is counted twice, nothing is lost. One thread asks the service, for all
requests that came while it was busy.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w pn-counter --bin seq-kv-counter.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

double-counts: adds again when no answer came, without a look whether it happened
reads-stale: reads without writing first
"""
import itertools
import queue
import threading

from node import Node, chosen_bug

ANSWER_SECONDS = 0.1

bug = chosen_bug("double-counts", "reads-stale")
node = Node()
requests = queue.Queue()
writes = itertools.count()


def ask(body):
    while True:
        reply = node.ask("seq-kv", body, ANSWER_SECONDS)
        if reply:
            return reply


def fresh_state():
    """The newest state. What changes nothing may be answered from an old one, so something is written first."""
    if bug != "reads-stale":
        ask({"type": "write", "key": node.node_id, "value": next(writes)})
    reply = ask({"type": "read", "key": "counter"})
    return reply.get("value", {"total": 0, "additions": {}})


def add(delta, number):
    """Adds delta, as this node's addition with that number."""
    while True:
        state = fresh_state()
        if state["additions"].get(node.node_id) == number and bug != "double-counts":
            return
        new = {"total": state["total"] + delta, "additions": {**state["additions"], node.node_id: number}}
        reply = node.ask("seq-kv", {"type": "cas", "key": "counter", "from": state, "to": new,
                                    "create_if_not_exists": True}, ANSWER_SECONDS)
        if reply and reply["type"] == "cas_ok":
            return


def waiting_requests():
    waiting = [requests.get()]
    while not requests.empty():
        waiting.append(requests.get())
    return waiting


def work():
    number = 0
    while True:
        waiting = waiting_requests()
        adds = [request for request in waiting if request["body"]["type"] == "add"]
        reads = [request for request in waiting if request["body"]["type"] == "read"]
        if adds:
            number += 1
            add(sum(request["body"]["delta"] for request in adds), number)
        for request in adds:
            node.reply(request, {"type": "add_ok"})
        if reads:
            total = fresh_state()["total"]
        for request in reads:
            node.reply(request, {"type": "read_ok", "value": total})


node.on("add")(requests.put)
node.on("read")(requests.put)
threading.Thread(target=work, daemon=True).start()
node.run()
