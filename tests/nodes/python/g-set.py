#!/usr/bin/env python3
"""G-set: a set that only grows. Each node tells all others all its elements, again and again.

A set is joined with another by union: in any order, as often as one likes. So lost and repeated messages do no harm.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w g-set --bin g-set.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

gossips-once: tells each element once: who does not hear it then never will
overwrites: takes what it is told for all there is
"""
from node import Node, chosen_bug

GOSSIP_SECONDS = 0.5

bug = chosen_bug("gossips-once", "overwrites")
node = Node()
elements = set()
news = set()  # Elements not gossiped yet.


@node.on("add")
def add(message):
    elements.add(message["body"]["element"])
    news.add(message["body"]["element"])
    node.reply(message, {"type": "add_ok"})


@node.on("read")
def read(message):
    node.reply(message, {"type": "read_ok", "value": list(elements)})


@node.on("gossip")
def learn(message):
    if bug == "overwrites":
        elements.clear()
    elements.update(message["body"]["elements"])


@node.every(GOSSIP_SECONDS)
def gossip():
    told = news if bug == "gossips-once" else elements
    for peer in node.peers:
        node.send(peer, {"type": "gossip", "elements": list(told)})
    news.clear()


node.run()
