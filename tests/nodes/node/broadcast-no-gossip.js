#!/usr/bin/env node
// Broadcast without gossip: wrong as soon as there are two nodes.
//
// Each node remembers what its own clients said and tells nobody.
'use strict';

const readline = require('node:readline');

const values = new Set();

function answer(body) {
  switch (body.type) {
    case 'init':
      return { type: 'init_ok' };
    case 'topology':
      return { type: 'topology_ok' };
    case 'broadcast':
      values.add(body.message);
      return { type: 'broadcast_ok' };
    case 'read':
      return { type: 'read_ok', messages: [...values] };
    default:
      return { type: 'error', code: 10, text: `this node knows no ${body.type}` };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { src, dest, body } = JSON.parse(line);
  const reply = { ...answer(body), in_reply_to: body.msg_id };
  console.log(JSON.stringify({ src: dest, dest: src, body: reply }));
});
