#!/usr/bin/env python3
"""Txn-list-append and txn-rw-register with a primary and a copy at each other node.

The first node does all transactions that write, one after the other, and tells every copy what each has written, with
its number; the others pass such transactions on to it. Transactions that only read are answered from the copy. A copy
applies writes in the order of their numbers, so that it is always what the primary once was: serializable, but its
reads may be old; strong-snapshot-isolation finds G-single-item-realtime within the 200 seeds of

    gyre sweep -w txn-list-append --bin txn-replicas.py --seeds 1-200 --rate 100 --time-limit 5 --latency 10
        --latency-dist exponential --consistency-models strong-snapshot-isolation

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w txn-list-append --bin txn-replicas.py --seeds 1-200 --rate 400 --time-limit 3 --latency 20
        --latency-dist exponential --key-dist uniform --key-count 6 --max-txn-length 2 --consistency-models MODEL
        -- --bug NAME

fractured-read: a copy applies each write when it comes, in a message of its own. MODEL consistent-view: G-single-item.
    Right for read-committed
long-fork: a copy applies writes before those with smaller numbers that they do not follow from. MODEL
    snapshot-isolation: G-nonadjacent-item. Right for update-serializable
"""
from node import Node, chosen_bug
from txn import after, first_node

bug = chosen_bug("fractured-read", "long-fork")
node = Node()
values = {}  # key -> (the number of the transaction that wrote it last, value)
applied = set()  # numbers of transactions; at the primary, of those that wrote
waiting = {}  # number -> writes that came too early


def apply_txn(txn):
    """The transaction with its reads filled in, what it has written, and which transactions it follows from."""
    written = {}
    follows = set()
    done = []
    for f, key, value in txn:
        number, old = written.get(key) or values.get(key, (0, None))
        done.append([f, key, old if f == "r" else value])
        if f != "r":
            written[key] = (len(applied) + 1, after(f, old, value))
        follows.add(number)
    return done, written, follows - {0, len(applied) + 1}


def do_at_primary(request):
    done, written, follows = apply_txn(request["body"]["txn"])
    values.update(written)
    applied.add(len(applied) + 1)
    writes = [[key, value] for key, (_, value) in written.items()]
    parts = [[write] for write in writes] if bug == "fractured-read" else [writes]
    for peer in node.peers:
        for part in parts:
            body = {"type": "writes", "number": len(applied), "writes": part, "follows": sorted(follows)}
            node.send(peer, body)
    node.reply(request, {"type": "txn_ok", "txn": done})


@node.on("writes")
def hear(message):
    body = message["body"]
    if bug == "fractured-read":
        return apply_writes(body)
    waiting[body["number"]] = body
    ready = True
    while ready:
        ready = [number for number, each in waiting.items() if may_apply(each)]
        for number in sorted(ready)[:1]:
            apply_writes(waiting.pop(number))


def may_apply(body):
    if bug == "long-fork":
        return applied.issuperset(body["follows"])
    return body["number"] == len(applied) + 1


def apply_writes(body):
    applied.add(body["number"])
    for key, value in body["writes"]:
        if values.get(key, (0, None))[0] < body["number"]:
            values[key] = (body["number"], value)


@node.on("txn")
def txn(request):
    primary = first_node(node)
    if all(f == "r" for f, _, _ in request["body"]["txn"]):
        node.reply(request, {"type": "txn_ok", "txn": apply_txn(request["body"]["txn"])[0]})
    elif primary == node.node_id:
        do_at_primary(request)
    else:
        passed_on = {"type": "txn", "txn": request["body"]["txn"]}
        node.call(primary, passed_on, lambda reply: node.reply(request, reply))


node.run()
