#!/usr/bin/env python3
"""Kafka on the service lin-kv: each log is a list there, and all nodes append to it by cas; an offset is a place in it.

A cas that is not answered may have happened. Each message is stored with a number of its own, so that a look at the log
says whether it is there: nothing is appended twice, nothing is lost.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w kafka --bin kafka-lin-kv.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

acknowledges-early: answers a send before it asks for the cas, with the offset that it hopes for
appends-again: appends again when no answer came, without a look whether it is there
"""
import itertools

from node import Node, chosen_bug

RETRY_SECONDS = 0.25

bug = chosen_bug("acknowledges-early", "appends-again")
node = Node()
numbers = itertools.count(1)
unanswered = {}  # Number of a question -> what is done when no answer comes.
acknowledged = set()  # Numbers of messages.


def ask(body, then, again):
    number = next(numbers)
    unanswered[number] = again

    def answered(reply):
        if unanswered.pop(number, None):
            then(reply)

    node.call("lin-kv", body, answered)


@node.every(RETRY_SECONDS)
def retry():
    late = list(unanswered.values())
    unanswered.clear()
    for again in late:
        again()


def read(key, default, then):
    """Calls then with the value of the key, however often it must be asked for."""
    ask({"type": "read", "key": key}, lambda reply: then(reply.get("value", default)), lambda: read(key, default, then))


def read_all(keys, prefix, default, then):
    """Calls then with {key: value}, when all are known."""
    values = {}

    def known(key, value):
        values[key] = value
        if len(values) == len(keys):
            then(values)

    for key in keys:
        read(prefix + key, default, lambda value, key=key: known(key, value))
    if not keys:
        then(values)


def cas(key, old, new, then, again):
    ask({"type": "cas", "key": key, "from": old, "to": new, "create_if_not_exists": True}, then, again)


@node.on("send")
def send(message):
    append(message, f"{node.node_id}-{next(numbers)}")


def append(message, number):
    read("log-" + message["body"]["key"], [], lambda log: append_to(log, message, number))


def append_to(log, message, number):
    for offset, [_, stored_number] in enumerate(log):
        if stored_number == number:
            return acknowledge(message, number, offset)
    if bug == "acknowledges-early":
        acknowledge(message, number, len(log))
    retried = number
    if bug == "appends-again":
        retried = f"{node.node_id}-{next(numbers)}"

    def appended(reply):
        if reply["type"] == "cas_ok":
            acknowledge(message, number, len(log))
        else:
            append(message, number)

    return cas("log-" + message["body"]["key"], log, log + [[message["body"]["msg"], number]], appended,
               lambda: append(message, retried))


def acknowledge(message, number, offset):
    """Once."""
    if number not in acknowledged:
        acknowledged.add(number)
        node.reply(message, {"type": "send_ok", "offset": offset})


@node.on("poll")
def poll(message):
    offsets = message["body"]["offsets"]

    def answer(logs):
        msgs = {key: [[at, log[at][0]] for at in range(offsets[key], len(log))] for key, log in logs.items()}
        node.reply(message, {"type": "poll_ok", "msgs": msgs})

    read_all(list(offsets), "log-", [], answer)


@node.on("commit_offsets")
def commit_offsets(message):
    offsets = message["body"]["offsets"]
    left = set(offsets)

    def committed(key):
        left.remove(key)
        if not left:
            node.reply(message, {"type": "commit_offsets_ok"})

    for key, offset in offsets.items():
        raise_to(key, offset, lambda key=key: committed(key))


def raise_to(key, offset, then):
    """Sets the committed offset of the key, unless it is as high."""
    def known(old):
        if old is not None and old >= offset:
            then()
        else:
            cas("committed-" + key, old, offset, lambda _: again(), again)

    def again():
        raise_to(key, offset, then)

    read("committed-" + key, None, known)


@node.on("list_committed_offsets")
def list_committed_offsets(message):
    def answer(offsets):
        known = {key: offset for key, offset in offsets.items() if offset is not None}
        node.reply(message, {"type": "list_committed_offsets_ok", "offsets": known})

    read_all(message["body"]["keys"], "committed-", None, answer)


node.run()
