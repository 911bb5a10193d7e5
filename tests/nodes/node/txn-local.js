#!/usr/bin/env node
// Txn-rw-register, or txn-list-append, with a map of its own at each node, that no other node learns of. As
// python/txn-local.py: right for read-committed, and for one node alone strictly serializable.
'use strict';

const values = new Map();
let nodeId = '';

function reply(message, body) {
  const sent = { ...body, in_reply_to: message.body.msg_id };
  process.stdout.write(JSON.stringify({ src: nodeId, dest: message.src, body: sent }) + '\n');
}

function apply([f, key, value]) {
  const old = values.get(key) ?? null;
  if (f === 'r') return [f, key, old];
  values.set(key, f === 'append' ? [...(old ?? []), value] : value);
  return [f, key, value];
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.body.type === 'init') {
    nodeId = message.body.node_id;
    reply(message, { type: 'init_ok' });
  } else if (message.body.type === 'txn') {
    reply(message, { type: 'txn_ok', txn: message.body.txn.map(apply) });
  }
});
