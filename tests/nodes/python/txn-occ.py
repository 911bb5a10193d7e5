#!/usr/bin/env python3
"""Txn-list-append and txn-rw-register by optimistic concurrency control on several versions (Kung and Robinson, "On
Optimistic Methods for Concurrency Control", 1981).

The first node has the store: all versions of each key, each with the number of its commit. The node that a client asks
coordinates: it reads at the snapshot of its first read, keeps what is written to itself, and has the store commit it
all at once. The store refuses (30, txn-conflict) what read or writes a key that has a version newer than the
snapshot; what has read nothing has no snapshot, and nothing is newer. Strictly serializable.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w WORKLOAD --bin txn-occ.py --seeds 1-200 --rate 100 --time-limit 5 --consistency-models MODEL
        -- --bug NAME

dirty-read: what is to be committed is read by others while the store decides, be it refused in the end. WORKLOAD
    txn-rw-register, MODEL read-committed: G1a. Right for read-uncommitted
lost-update: the store refuses nothing. WORKLOAD txn-rw-register, MODEL cursor-stability: lost-update. Right for
    read-committed
non-repeatable-read: reads the newest version each time. WORKLOAD txn-list-append, MODEL read-atomic: internal. Right
    for read-committed
write-skew: the store looks at what is written only: snapshot isolation. WORKLOAD txn-list-append, MODEL serializable:
    G2-item. Right for snapshot-isolation
"""
import itertools

from node import Node, chosen_bug
from txn import Refused, after, ask, first_node, refuse, serve_txns

bug = chosen_bug("dirty-read", "lost-update", "non-repeatable-read", "write-skew")
node = Node()

# At the store.
versions = {}  # key -> [(commit, value), ...], the oldest first
commits = 0
undecided = {}  # (node, transaction) -> {key: value}: what dirty-read shows


def visible(key, snapshot):
    """The key's newest version that is no newer than the snapshot: its commit and value."""
    return next((v for v in reversed(versions.get(key, [])) if v[0] <= snapshot), (0, None))


def combined(old, written):
    """What a key is after a write: a register's new value, or a list with more elements."""
    return (old or []) + written if isinstance(written, list) else written


def newest(key):
    return versions.get(key, [(0, None)])[-1]


@node.on("read")
def read(message):
    body = message["body"]
    snapshot = commits if body["snapshot"] is None or bug == "non-repeatable-read" else body["snapshot"]
    value = visible(body["key"], snapshot)[1]
    for writes in undecided.values():
        value = dict(writes).get(body["key"], value)
    node.reply(message, {"type": "read_ok", "value": value, "snapshot": snapshot})


@node.on("prepare")
def prepare(message):
    undecided[message["src"], message["body"]["id"]] = message["body"]["writes"]
    node.reply(message, {"type": "prepare_ok"})


@node.on("commit")
def commit(message):
    global commits
    body = message["body"]
    undecided.pop((message["src"], body["id"]), None)
    looked_at = [] if bug == "lost-update" else [key for key, _ in body["writes"]]
    if bug != "write-skew" and bug != "lost-update":
        looked_at += body["reads"]
    if body["reads"] and any(newest(key)[0] > body["snapshot"] for key in looked_at):
        return refuse(node, message, 30, "another transaction has written what this one read or writes")
    commits += 1
    for key, value in body["writes"]:
        versions[key] = [*versions.get(key, []), (commits, combined(newest(key)[1], value))]
    node.reply(message, {"type": "commit_ok"})


# At the coordinator.
numbers = itertools.count(1)


def ask_store(body):
    reply = ask(node, first_node(node), body)
    if reply["type"] == "error":
        raise Refused(reply["code"], reply["text"])
    return reply


def run(txn):
    snapshot = None
    reads = []
    writes = {}
    done = []
    for f, key, value in txn:
        if f == "w":
            writes[key] = value
        elif f == "append":
            writes[key] = after(f, writes.get(key), value)
        else:
            reply = ask_store({"type": "read", "key": key, "snapshot": snapshot})
            snapshot = reply["snapshot"] if snapshot is None else snapshot
            reads.append(key)
            value = combined(reply["value"], writes[key]) if key in writes else reply["value"]
        done.append([f, key, value])
    if writes:
        commit = {"id": next(numbers), "snapshot": snapshot, "reads": reads, "writes": list(writes.items())}
        if bug == "dirty-read":
            ask_store({**commit, "type": "prepare"})
        ask_store({**commit, "type": "commit"})
    return done


serve_txns(node, run)
node.run()
