#!/usr/bin/env python3
"""Lin-kv by proxy: whatever clients ask is asked of the service lin-kv.

Each request goes there once. Where it or its reply gets lost, the client gets no answer and knows that it may have
happened. To write again would be wrong: the first may have happened, and somebody may have written something else
since.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w lin-kv --bin lin-kv-proxy.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

reads-seq-kv: asks seq-kv, whose reads may be old
writes-again: asks again, whatever it is, when no answer came
"""
from node import Node, chosen_bug

RETRY_SECONDS = 0.05

bug = chosen_bug("reads-seq-kv", "writes-again")
node = Node()
unanswered = []


def forward(request):
    unanswered.append(request)
    ask(request)


def ask(request):
    service = "seq-kv" if bug == "reads-seq-kv" else "lin-kv"
    node.call(service, request["body"], lambda reply: answer(request, reply))


def answer(request, reply):
    if request in unanswered:
        unanswered.remove(request)
        node.reply(request, reply)


def again():
    for request in unanswered:
        ask(request)


for kind in ["read", "write", "cas"]:
    node.on(kind)(forward)
if bug == "writes-again":
    node.every(RETRY_SECONDS)(again)
node.run()
