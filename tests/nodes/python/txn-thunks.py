#!/usr/bin/env python3
"""Txn-list-append with a root in the service lin-kv that has the name of a thunk for each key; thunks never change.

The lists are in the service lww-kv, each version under a name of its own (NODE-NUMBER). A transaction reads the root
and the thunks of its keys, writes new thunks for the lists that it changes, and takes effect when the root, with their
names, is set; else it is refused (30, txn-conflict). A thunk that a replica of lww-kv does not have yet is asked for
until it does: that nobody changes it makes an eventually consistent service good enough.
"""
import itertools
import time

from node import Node
from txn import Refused, after, ask, serve_txns

RETRY_SECONDS = 0.01

node = Node()
numbers = itertools.count(1)


def read_thunk(name):
    while True:
        reply = ask(node, "lww-kv", {"type": "read", "key": name})
        if reply["type"] == "read_ok":
            return reply["value"]
        time.sleep(RETRY_SECONDS)


def write_thunk(value):
    name = f"{node.node_id}-{next(numbers)}"
    ask(node, "lww-kv", {"type": "write", "key": name, "value": value})
    return name


def run(txn):
    before = ask(node, "lin-kv", {"type": "read", "key": "root"}).get("value", {})
    names = {str(key) for _, key, _ in txn}
    lists = {key: read_thunk(before[key]) for key in sorted(names) if key in before}
    changed = set()
    done = []
    for f, key, value in txn:
        old = lists.get(str(key))
        done.append([f, key, old if f == "r" else value])
        if f == "append":
            lists[str(key)] = after(f, old, value)
            changed.add(str(key))
    if changed:
        root = {**before, **{key: write_thunk(lists[key]) for key in sorted(changed)}}
        change = {"type": "cas", "key": "root", "from": before, "to": root, "create_if_not_exists": True}
        if ask(node, "lin-kv", change)["type"] == "error":
            raise Refused(30, "the root was set by another transaction")
    return done


serve_txns(node, run)
node.run()
