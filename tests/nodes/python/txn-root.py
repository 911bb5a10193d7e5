#!/usr/bin/env python3
"""Txn-list-append with the whole database under one key of the service lin-kv, as Datomic has one root.

A transaction reads the root, is applied to it, and takes effect when the root is set to the result and was the one
that it had read; else it is refused (30, txn-conflict). Strictly serializable, and slow: every two transactions that
write conflict.

Wrong on purpose with `--bug stale-snapshot`, found as G-single-item-realtime within the 200 seeds of

    gyre sweep -w txn-list-append --bin txn-root.py --seeds 1-200 --rate 50 --time-limit 10 -- --bug stale-snapshot

The root is then in seq-kv, whose reads may be old. Right for serializable.
"""
from node import Node, chosen_bug
from txn import Refused, after, ask, serve_txns

bug = chosen_bug("stale-snapshot")
service = "seq-kv" if bug == "stale-snapshot" else "lin-kv"
node = Node()


def run(txn):
    before = ask(node, service, {"type": "read", "key": "root"}).get("value", {})
    root = dict(before)
    done = []
    for f, key, value in txn:
        old = root.get(str(key))
        done.append([f, key, old if f == "r" else value])
        if f == "append":
            root[str(key)] = after(f, old, value)
    if root == before:
        return done
    change = {"type": "cas", "key": "root", "from": before, "to": root, "create_if_not_exists": True}
    if ask(node, service, change)["type"] == "error":
        raise Refused(30, "the root was set by another transaction")
    return done


serve_txns(node, run)
node.run()
