#!/usr/bin/env python3
"""Kafka on one node: a list for each key, an offset is a place in it.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w kafka --bin kafka.py --seeds 1-200 --node-count 1 --concurrency 10n --rate 100 --time-limit 20
        --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential --p-loss 0.05
        -- --bug NAME

commits-ahead: takes all that a poll could have returned as processed, and never returns it again
loses-messages: gives every tenth message an offset and forgets it
reorders-messages: swaps the last two messages of every tenth poll
skips-messages: begins every tenth poll one message further on, if that one was returned before
stores-twice: stores every tenth message twice
"""
from collections import defaultdict

from node import Node, chosen_bug

MOST_MESSAGES = 3  # A poll returns so many of a key.

bug = chosen_bug("commits-ahead", "loses-messages", "reorders-messages", "skips-messages", "stores-twice")
node = Node()
logs = defaultdict(list)  # Key -> [offset, message] in the order of offsets.
ends = defaultdict(int)  # Key -> the next offset.
committed = {}
polled = defaultdict(lambda: -1)  # Key -> the highest offset that a poll returned.
counts = defaultdict(int)


def unlucky(what):
    """Every tenth time that something is done."""
    counts[what] += 1
    return counts[what] % 10 == 0


@node.on("send")
def send(message):
    key, offset = message["body"]["key"], ends[message["body"]["key"]]
    ends[key] += 1
    if not (bug == "loses-messages" and unlucky("send")):
        logs[key].append([offset, message["body"]["msg"]])
    if bug == "stores-twice" and unlucky("send"):
        logs[key].append([ends[key], message["body"]["msg"]])
        ends[key] += 1
    node.reply(message, {"type": "send_ok", "offset": offset})


def messages_from(key, offset):
    if bug == "commits-ahead":
        offset = max(offset, committed.get(key, -1) + 1)
        committed[key] = ends[key] - 1
    found = [[at, message] for at, message in logs[key] if at >= offset]
    # Only what somebody has been given: else it would be lost.
    may_skip = len(found) > 1 and found[0][0] <= polled[key]
    if bug == "skips-messages" and may_skip and unlucky("poll"):
        del found[0]
    found = found[:MOST_MESSAGES]
    if found:
        polled[key] = max(polled[key], found[-1][0])
    if bug == "reorders-messages" and len(found) > 1 and unlucky("poll"):
        found[-2:] = reversed(found[-2:])
    return found


@node.on("poll")
def poll(message):
    offsets = message["body"]["offsets"]
    node.reply(message, {"type": "poll_ok", "msgs": {key: messages_from(key, offsets[key]) for key in offsets}})


@node.on("commit_offsets")
def commit_offsets(message):
    for key, offset in message["body"]["offsets"].items():
        committed[key] = max(offset, committed.get(key, 0))
    node.reply(message, {"type": "commit_offsets_ok"})


@node.on("list_committed_offsets")
def list_committed_offsets(message):
    known = {key: committed[key] for key in message["body"]["keys"] if key in committed}
    node.reply(message, {"type": "list_committed_offsets_ok", "offsets": known})


node.run()
