#!/usr/bin/env python3
"""Txn-rw-register with a copy of all registers at each node; the last writer wins.

A transaction is done at the node that is asked, at once: clients are answered however the network is cut. Its writes
have one timestamp (Lamport's clock, then the node's name), go to the other nodes as one message, until each has
acknowledged it, and replace what is older. All nodes come to hold the same, and nothing unfinished is read: right for
read-committed. Nothing is refused, so of two updates of one value at different nodes one is lost; cursor-stability
finds lost-update within the 200 seeds of

    gyre sweep -w txn-rw-register --bin txn-lww.py --seeds 1-200 --rate 100 --time-limit 5 --latency 10
        --latency-dist exponential --consistency-models MODEL [-- --bug dirty-read]

with MODEL cursor-stability. Wrong on purpose with `--bug dirty-read`, found by these as well:

dirty-read: every third transaction that writes is refused (30) after the others have heard of it. MODEL
    read-committed: G1a. Right for read-uncommitted
"""
import itertools

from node import Node, chosen_bug

RETRY_SECONDS = 0.2
REFUSED_ONE_IN = 3

bug = chosen_bug("dirty-read")
node = Node()
registers = {}  # key -> (timestamp, value)
clock = 0
writers = itertools.count(1)
unacknowledged = {}  # (node, number) -> message
numbers = itertools.count(1)


def tick():
    global clock
    clock += 1
    return (clock, node.node_id)


def merge(timestamp, writes):
    global clock
    clock = max(clock, timestamp[0])
    for key, value in writes:
        if key not in registers or registers[key][0] < timestamp:
            registers[key] = (timestamp, value)


def tell_others(timestamp, writes):
    for peer in node.peers:
        number = next(numbers)
        unacknowledged[number] = (peer, {"type": "writes", "timestamp": timestamp, "writes": writes})
        tell(number)


def tell(number):
    peer, body = unacknowledged[number]
    node.call(peer, body, lambda _: unacknowledged.pop(number, None))


@node.every(RETRY_SECONDS)
def tell_again():
    for number in list(unacknowledged):
        tell(number)


@node.on("writes")
def hear(message):
    body = message["body"]
    merge(tuple(body["timestamp"]), body["writes"])
    node.reply(message, {"type": "writes_ok"})


@node.on("txn")
def txn(request):
    written = {}
    done = []
    for f, key, value in request["body"]["txn"]:
        if f == "w":
            written[key] = value
        done.append([f, key, written.get(key, registers.get(key, (None, None))[1]) if f == "r" else value])
    writes = list(written.items())
    if not writes:
        return node.reply(request, {"type": "txn_ok", "txn": done})
    timestamp = tick()
    tell_others(timestamp, writes)
    if bug == "dirty-read" and next(writers) % REFUSED_ONE_IN == 0:
        return node.reply(request, {"type": "error", "code": 30, "text": "refused"})
    merge(timestamp, writes)
    node.reply(request, {"type": "txn_ok", "txn": done})


node.run()
