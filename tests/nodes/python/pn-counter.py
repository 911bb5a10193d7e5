#!/usr/bin/env python3
"""PN-counter: a counter that grows and shrinks, without coordination.

Two counters that only grow, one of what was added and one of what was taken away; each as in g-counter.py.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w pn-counter --bin pn-counter.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

double-counts: adds what it is told, each time
overwrites: takes what it is told for the latest, even of itself
"""
from node import Node, chosen_bug

GOSSIP_SECONDS = 0.5

bug = chosen_bug("double-counts", "overwrites")
node = Node()
added = {}  # Node -> what its clients have added.
removed = {}


def grow(counts, delta):
    counts[node.node_id] = counts.get(node.node_id, 0) + delta


def merge(counts, others):
    for name, count in others.items():
        if bug == "double-counts":
            counts[name] = counts.get(name, 0) + count
        elif bug == "overwrites":
            counts[name] = count
        else:
            counts[name] = max(counts.get(name, 0), count)


def told(counts):
    # The double counter adds what it hears, so it had better hear of a node from that node alone.
    return {node.node_id: counts.get(node.node_id, 0)} if bug == "double-counts" else counts


@node.on("add")
def add(message):
    delta = message["body"]["delta"]
    if delta >= 0:
        grow(added, delta)
    else:
        grow(removed, -delta)
    node.reply(message, {"type": "add_ok"})


@node.on("read")
def read(message):
    node.reply(message, {"type": "read_ok", "value": sum(added.values()) - sum(removed.values())})


@node.on("gossip")
def learn(message):
    merge(added, message["body"]["added"])
    merge(removed, message["body"]["removed"])


@node.every(GOSSIP_SECONDS)
def gossip():
    for peer in node.peers:
        node.send(peer, {"type": "gossip", "added": told(added), "removed": told(removed)})


node.run()
