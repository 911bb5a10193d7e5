#!/usr/bin/env python3
"""Echo by children: three processes answer in turn, and each tenth request goes through a pipeline of two programs."""
import json
import multiprocessing
import subprocess
import sys


def work(pipe):
    while True:
        value = pipe.recv()
        pipe.send({"echo": value, "worker": multiprocessing.current_process().name})


def main():
    ends = []
    for _ in range(3):
        ours, theirs = multiprocessing.Pipe()
        multiprocessing.get_context("fork").Process(target=work, args=(theirs,), daemon=True).start()
        ends.append(ours)
    count = 0
    for line in sys.stdin:
        request = json.loads(line)
        body = {"type": "init_ok"}
        if request["body"]["type"] == "echo":
            count += 1
            ends[count % 3].send(request["body"]["echo"])
            body = {"type": "echo_ok", **ends[count % 3].recv()}
            if count % 10 == 0:
                done = subprocess.run(["sh", "-c", "cat | cat"], input=json.dumps(body), capture_output=True, text=True,
                                      check=True)
                body = json.loads(done.stdout)
        body["in_reply_to"] = request["body"]["msg_id"]
        # flush: a reply that stays in the buffer is never sent.
        print(json.dumps({"src": request["dest"], "dest": request["src"], "body": body}), flush=True)


main()
