#!/usr/bin/env node
// Broadcast: flood with acknowledgement and retry.
//
// A value goes on to every neighbour but the one it came from, and again and again until that
// neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.
'use strict';

const readline = require('node:readline');

const RETRY_MS = 500;

let nodeId;
let neighbours = [];
const values = new Set();
const unacknowledged = new Map(); // msg_id -> { neighbour, body }
let lastMsgId = 0;

function send(dest, body) {
  console.log(JSON.stringify({ src: nodeId, dest, body }));
}

function learn(value, sender) {
  if (values.has(value)) return; // It is already on its way.
  values.add(value);
  for (const neighbour of neighbours) {
    if (neighbour === sender) continue;
    lastMsgId += 1;
    const body = { type: 'broadcast', msg_id: lastMsgId, message: value };
    unacknowledged.set(lastMsgId, { neighbour, body });
    send(neighbour, body);
  }
}

function handle({ src, body }) {
  const reply = (answer) => send(src, { ...answer, in_reply_to: body.msg_id });
  switch (body.type) {
    case 'init':
      nodeId = body.node_id;
      reply({ type: 'init_ok' });
      break;
    case 'topology':
      neighbours = body.topology[nodeId];
      reply({ type: 'topology_ok' });
      break;
    case 'broadcast':
      reply({ type: 'broadcast_ok' });
      learn(body.message, src);
      break;
    case 'broadcast_ok':
      unacknowledged.delete(body.in_reply_to);
      break;
    case 'read':
      reply({ type: 'read_ok', messages: [...values] });
      break;
    default:
      if (body.in_reply_to === undefined) {
        reply({ type: 'error', code: 10, text: `this node knows no ${body.type}` });
      }
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => handle(JSON.parse(line)));

// unref: the timer alone does not keep the program going once stdin has ended.
setInterval(() => {
  for (const { neighbour, body } of unacknowledged.values()) send(neighbour, body);
}, RETRY_MS).unref();
