#!/usr/bin/env node
// Broadcast: flood without retry.
//
// Every value is sent once to every neighbour. Right as long as the network delivers each message;
// a lost one takes its value along, for all nodes behind that link.
'use strict';

const readline = require('node:readline');

let nodeId;
let neighbours = [];
const values = new Set();

function send(dest, body) {
  console.log(JSON.stringify({ src: nodeId, dest, body }));
}

function learn(value, sender) {
  if (values.has(value)) return; // It has already been passed on.
  values.add(value);
  for (const neighbour of neighbours) {
    if (neighbour !== sender) send(neighbour, { type: 'broadcast', message: value });
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
      // A neighbour's broadcast has no msg_id: it waits for no answer.
      if (body.msg_id !== undefined) reply({ type: 'broadcast_ok' });
      learn(body.message, src);
      break;
    case 'read':
      reply({ type: 'read_ok', messages: [...values] });
      break;
    default:
      reply({ type: 'error', code: 10, text: `this node knows no ${body.type}` });
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => handle(JSON.parse(line)));
