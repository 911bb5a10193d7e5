#!/usr/bin/env python3
"""G-counter: a counter that only grows, without coordination.

Each node counts what its own clients add, and tells all others every count that it knows, again and again. A count only
grows, so of two the larger is the later: lost, repeated and late messages do no harm.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w g-counter --bin g-counter.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

double-counts: adds what it is told, each time
overwrites: takes what it is told for the latest, even of itself
"""
from node import Node, chosen_bug

GOSSIP_SECONDS = 0.5

bug = chosen_bug("double-counts", "overwrites")
node = Node()
counts = {}  # Node -> what its clients have added.


@node.on("add")
def add(message):
    counts[node.node_id] = counts.get(node.node_id, 0) + message["body"]["delta"]
    node.reply(message, {"type": "add_ok"})


@node.on("read")
def read(message):
    node.reply(message, {"type": "read_ok", "value": sum(counts.values())})


@node.on("gossip")
def learn(message):
    for name, count in message["body"]["counts"].items():
        if bug == "double-counts":
            counts[name] = counts.get(name, 0) + count
        elif bug == "overwrites":
            counts[name] = count
        else:
            counts[name] = max(counts.get(name, 0), count)


@node.every(GOSSIP_SECONDS)
def gossip():
    # The double counter adds what it hears, so it had better hear of a node from that node alone.
    told = {node.node_id: counts.get(node.node_id, 0)} if bug == "double-counts" else counts
    for peer in node.peers:
        node.send(peer, {"type": "gossip", "counts": told})


node.run()
