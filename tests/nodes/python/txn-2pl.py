#!/usr/bin/env python3
"""Txn-list-append and txn-rw-register by two-phase locking, with locks and values in the service lin-kv.

A lock is a key `lock-KEY` that is set from "free" to the transaction's name by cas. A transaction first takes the locks
of all its keys, in their order, so that none waits for another in a circle; then it reads and writes; then it gives
them back. What waits too long gives back what it has and is refused (30, txn-conflict). A node that is killed keeps
its locks for ever. Strictly serializable.

Wrong on purpose with `--bug lost-update`, found within the 200 seeds of

    gyre sweep -w txn-rw-register --bin txn-2pl.py --seeds 1-200 --rate 100 --time-limit 5
        --consistency-models cursor-stability -- --bug lost-update

It reads first, and locks only what it writes. Right for read-committed.
"""
import itertools
import random
import time

from node import Node, chosen_bug
from txn import Refused, after, ask, serve_txns

TRIES = 40
BACK_OFF_SECONDS = 0.02

bug = chosen_bug("lost-update")
node = Node()
numbers = itertools.count(1)


def ask_kv(body):
    return ask(node, "lin-kv", body)


def lock(key, owner):
    for _ in range(TRIES):
        reply = ask_kv({"type": "cas", "key": f"lock-{key}", "from": "free", "to": owner, "create_if_not_exists": True})
        if reply["type"] == "cas_ok":
            return
        time.sleep(random.uniform(0, BACK_OFF_SECONDS))
    raise Refused(30, f"key {key} is locked for too long")


def read(keys):
    return {key: ask_kv({"type": "read", "key": f"value-{key}"}).get("value") for key in keys}


def run(txn):
    owner = f"{node.node_id}-{next(numbers)}"
    locked = []
    try:
        keys = sorted({key for _, key, _ in txn})
        written = sorted({key for f, key, _ in txn if f != "r"})
        if bug == "lost-update":
            values = read(keys)
        for key in written if bug == "lost-update" else keys:
            lock(key, owner)
            locked.append(key)
        if bug != "lost-update":
            values = read(keys)
        done = []
        for f, key, value in txn:
            done.append([f, key, values[key] if f == "r" else value])
            if f != "r":
                values[key] = after(f, values[key], value)
        for key in written:
            ask_kv({"type": "write", "key": f"value-{key}", "value": values[key]})
        return done
    finally:
        for key in locked:
            ask_kv({"type": "write", "key": f"lock-{key}", "value": "free"})


serve_txns(node, run)
node.run()
