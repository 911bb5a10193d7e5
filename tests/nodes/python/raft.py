#!/usr/bin/env python3
"""Lin-kv by Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).

Every operation, reads included, goes through the leader's log; it takes effect, and is answered, when it is committed.
The other nodes pass their clients' requests on to the leader, once: a request that gets lost may have happened, and its
client, who hears nothing, takes it so.

Everything lives in memory: a node that is killed must not come back under its name.

Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of

    gyre sweep -w lin-kv --bin raft.py --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
        --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
        --p-loss 0.05 -- --bug NAME

commits-without-majority: what the leader has is committed
elects-outdated: votes for whoever asks first, whatever his log
leader-reads-locally: a leader answers reads from what it knows: another may have been elected since
reads-locally: every node answers reads from what it knows
truncates-committed: a new leader drops what it does not know to be committed; it may be
votes-twice: forgets in a term whom it voted for: there can be two leaders
"""
import random
import time

from node import Node, chosen_bug

TICK_SECONDS = 0.025
HEARTBEAT_SECONDS = 0.05
ELECTION_SECONDS = (0.2, 0.4)
BATCH = 64  # Most entries in one message.

bug = chosen_bug("commits-without-majority", "elects-outdated", "leader-reads-locally", "reads-locally",
                 "truncates-committed", "votes-twice")


def operation_of(request):
    return {key: value for key, value in request["body"].items() if key != "msg_id"}


class Raft:
    def __init__(self, node):
        self.node = node
        self.role = "follower"
        self.term = 0
        self.voted_for = None
        self.leader = None
        self.votes = set()
        self.log = [{"term": 0}]  # The first is never committed, and the same everywhere.
        self.committed = 0
        self.applied = 0
        self.values = {}
        self.election_at = 0.0
        # Of the leader only.
        self.next_index = {}
        self.match_index = {}
        self.sent_at = {}  # Peer -> when it was sent entries that it has not answered yet.
        self.waiting = {}  # Index -> request

        for kind, handler in [("read", self.on_request), ("write", self.on_request), ("cas", self.on_request),
                              ("request_vote", self.on_request_vote), ("vote", self.on_vote),
                              ("append", self.on_append), ("appended", self.on_appended)]:
            node.on(kind)(handler)
        node.every(TICK_SECONDS)(self.tick)
        self.postpone_election()

    # Terms and elections.

    def majority(self):
        return (len(self.node.peers) + 1) // 2 + 1

    def postpone_election(self):
        self.election_at = time.monotonic() + random.uniform(*ELECTION_SECONDS)

    def tick(self):
        if self.role == "leader":
            for peer in self.node.peers:
                self.replicate(peer)
        elif time.monotonic() >= self.election_at:
            self.campaign()

    def campaign(self):
        self.role, self.leader = "candidate", None
        self.term += 1
        self.voted_for = self.node.node_id
        self.votes = {self.node.node_id}
        self.postpone_election()
        for peer in self.node.peers:
            self.node.send(peer, {"type": "request_vote", "term": self.term, "last_index": len(self.log) - 1,
                                  "last_term": self.log[-1]["term"]})
        self.count_votes()

    def see_term(self, term):
        """A node that hears of a later term follows in that one. What it was asked as leader is not answered."""
        if term > self.term:
            if self.role == "leader":
                self.postpone_election()
            self.role, self.leader = "follower", None
            self.term = term
            self.voted_for = None
            self.waiting.clear()

    def on_request_vote(self, message):
        body, candidate = message["body"], message["src"]
        self.see_term(body["term"])
        up_to_date = (body["last_term"], body["last_index"]) >= (self.log[-1]["term"], len(self.log) - 1)
        granted = (body["term"] == self.term
                   and (self.voted_for in (None, candidate) or bug == "votes-twice")
                   and (up_to_date or bug == "elects-outdated"))
        if granted:
            self.voted_for = candidate
            self.postpone_election()
        self.node.send(candidate, {"type": "vote", "term": self.term, "granted": granted})

    def on_vote(self, message):
        body = message["body"]
        self.see_term(body["term"])
        if self.role == "candidate" and body["term"] == self.term and body["granted"]:
            self.votes.add(message["src"])
            self.count_votes()

    def count_votes(self):
        if len(self.votes) < self.majority():
            return
        self.role, self.leader = "leader", self.node.node_id
        if bug == "truncates-committed":
            del self.log[self.committed + 1:]
        self.next_index = {peer: len(self.log) for peer in self.node.peers}
        self.match_index = {peer: 0 for peer in self.node.peers}
        self.sent_at = {peer: float("-inf") for peer in self.node.peers}
        self.tick()

    # The log.

    def replicate(self, peer):
        """Sends what the peer lacks, or a mere heartbeat; one message at a time, again if nothing is heard of it."""
        if time.monotonic() < self.sent_at[peer] + HEARTBEAT_SECONDS:
            return
        self.sent_at[peer] = time.monotonic()
        first = self.next_index[peer]
        self.node.send(peer, {"type": "append", "term": self.term, "previous_index": first - 1,
                              "previous_term": self.log[first - 1]["term"], "entries": self.log[first:first + BATCH],
                              "committed": self.committed})

    def on_append(self, message):
        body, leader = message["body"], message["src"]
        self.see_term(body["term"])
        if body["term"] < self.term:
            self.node.send(leader, {"type": "appended", "term": self.term, "matches": False, "index": 0})
            return
        self.role, self.leader = "follower", leader
        self.postpone_election()
        previous, entries = body["previous_index"], body["entries"]
        matches = previous < len(self.log) and self.log[previous]["term"] == body["previous_term"]
        if matches:
            self.store(previous + 1, entries)
            last = previous + len(entries)
            self.commit(min(body["committed"], last))
        else:
            last = min(previous, len(self.log)) - 1  # Where to try next.
        self.node.send(leader, {"type": "appended", "term": self.term, "matches": matches, "index": last})

    def store(self, first, entries):
        """Entries of a message that comes late are here already, and others after them: only a conflict removes any."""
        for index, entry in enumerate(entries, first):
            if index < len(self.log) and self.log[index]["term"] != entry["term"]:
                del self.log[index:]
            if index == len(self.log):
                self.log.append(entry)

    def on_appended(self, message):
        body, peer = message["body"], message["src"]
        self.see_term(body["term"])
        if self.role != "leader" or body["term"] != self.term:
            return
        if body["matches"]:
            self.match_index[peer] = max(self.match_index[peer], body["index"])
            self.next_index[peer] = self.match_index[peer] + 1
            self.commit_what_a_majority_has()
        else:
            self.next_index[peer] = max(self.match_index[peer], body["index"]) + 1
        if self.next_index[peer] < len(self.log):
            self.sent_at[peer] = float("-inf")
            self.replicate(peer)

    def commit_what_a_majority_has(self):
        indices = sorted([len(self.log) - 1, *self.match_index.values()], reverse=True)
        index = indices[0 if bug == "commits-without-majority" else self.majority() - 1]
        # An entry of an earlier term may yet be replaced, whoever has it, until one of this term is committed.
        if self.log[index]["term"] == self.term:
            self.commit(index)

    def commit(self, index):
        self.committed = max(self.committed, index)
        while self.applied < self.committed:
            self.applied += 1
            operation = self.log[self.applied]["operation"]
            reply = self.apply(operation)
            request = self.waiting.pop(self.applied, None)
            # Where two lead in one term, another's operation may stand in its place: that is no answer.
            if request and operation_of(request) == operation:
                self.node.reply(request, reply)

    # Requests of clients.

    def on_request(self, message):
        operation = operation_of(message)
        reads_now = bug == "reads-locally" or bug == "leader-reads-locally" and self.role == "leader"
        if operation["type"] == "read" and reads_now:
            self.node.reply(message, self.apply(operation))
        elif self.role == "leader":
            self.log.append({"term": self.term, "operation": operation})
            self.waiting[len(self.log) - 1] = message
            for peer in self.node.peers:
                self.replicate(peer)
            self.commit_what_a_majority_has()  # One node alone is one.
        elif self.leader:
            self.node.call(self.leader, operation, lambda reply: self.node.reply(message, reply))
        else:
            self.node.reply(message, {"type": "error", "code": 11, "text": "no leader is known"})

    def apply(self, operation):
        kind, key = operation["type"], operation["key"]
        if kind == "write":
            self.values[key] = operation["value"]
            return {"type": "write_ok"}
        if key not in self.values:
            return {"type": "error", "code": 20, "text": f"there is no {key}"}
        if kind == "read":
            return {"type": "read_ok", "value": self.values[key]}
        if self.values[key] != operation["from"]:
            return {"type": "error", "code": 22, "text": f"{key} is {self.values[key]}, not {operation['from']}"}
        self.values[key] = operation["to"]
        return {"type": "cas_ok"}


node = Node()
Raft(node)
node.run()
