#!/usr/bin/env python3
"""A node of every simple workload, right but for its replies, in the way that its argument names."""
import json
import sys


def send(source, dest, body):
    print(json.dumps({"src": source, "dest": dest, "body": body}), flush=True)


def answer(body, state):
    kind = body["type"]
    if kind == "echo":
        return {"echo": body["echo"]}
    if kind == "add" and "delta" in body:
        state["sum"] = state.get("sum", 0) + body["delta"]
    elif kind == "add":
        state.setdefault("elements", []).append(body["element"])
    elif kind == "read":
        return {"value": state.get("elements", []) if state["workload"] == "g-set" else state.get("sum", 0)}
    return {}


# What becomes of a reply's body.
FAULTS = {
    "fractional": lambda reply: reply.update(value=reply["value"] + 0.5),
    "missing": lambda reply: reply.pop("value"),
    "null": lambda reply: reply.update(value=None),
    "rounded": lambda reply: reply.update(value=float(2**60)),
    "text": lambda reply: reply.update(value=str(reply["value"])),
    "other": lambda reply: reply.update(type="write_ok"),
}


def main():
    fault, workload = sys.argv[1], sys.argv[2]
    state = {"workload": workload}
    for line in sys.stdin:
        request = json.loads(line)
        name, client, body = request["dest"], request["src"], request["body"]
        reply = {"type": body["type"] + "_ok", "in_reply_to": body["msg_id"], **answer(body, state)}
        if fault in FAULTS and body["type"] == "read":
            FAULTS[fault](reply)
        if fault == "nobody" and body["type"] == "read":
            send(name, client, {"type": "read_ok", "value": 0})
            send(name, client, {"type": "read_ok", "value": 0, "in_reply_to": 1000})
        send(name, client, reply)
        if fault == "twice" and body["type"] == "read":
            send(name, client, reply)


if __name__ == "__main__":
    main()
