"""For transactions that ask other nodes or services on their way: each has a thread of its own, and waits."""
import threading

TIMEOUT_SECONDS = 2


class Refused(Exception):
    """Code and text of the error that a transaction is answered with."""


def serve_txns(node, run):
    """Has `run` fill in the reads of each transaction; it may raise Refused."""
    def answer(request):
        try:
            node.reply(request, {"type": "txn_ok", "txn": run(request["body"]["txn"])})
        except Refused as refused:
            refuse(node, request, *refused.args)

    @node.on("txn")
    def txn(request):
        threading.Thread(target=answer, args=[request], daemon=True).start()


def refuse(node, request, code, text):
    node.reply(request, {"type": "error", "code": code, "text": text})


def ask(node, dest, body):
    """The reply's body. Raises where none comes: what was asked may have happened."""
    reply = node.ask(dest, body, TIMEOUT_SECONDS)
    if reply is None:
        raise Refused(0, "no answer from " + dest)
    return reply


def first_node(node):
    """The node whose name is the least: the same everywhere."""
    return min([node.node_id, *node.peers])


def after(f, old, value):
    """What a key is after a write of f, "append" or "w"; `old` is None where it had no value."""
    return value if f == "w" else (old or []) + [value]
