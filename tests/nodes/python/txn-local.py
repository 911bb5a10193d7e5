#!/usr/bin/env python3
"""Txn-rw-register, or txn-list-append, with a map of its own at each node, that no other node learns of.

Each node does one transaction after the other, so nothing unfinished is read: right for read-committed, and for one
node alone strictly serializable. Of several nodes each sees a world in which the others never wrote; cursor-stability
finds lost-update within the 200 seeds of

    gyre sweep -w txn-rw-register --bin txn-local.py --seeds 1-200 --rate 100 --time-limit 5
        --consistency-models cursor-stability
"""
from node import Node
from txn import after

node = Node()
values = {}


@node.on("txn")
def txn(request):
    done = []
    for f, key, value in request["body"]["txn"]:
        done.append([f, key, values.get(key) if f == "r" else value])
        if f != "r":
            values[key] = after(f, values.get(key), value)
    node.reply(request, {"type": "txn_ok", "txn": done})


node.run()
