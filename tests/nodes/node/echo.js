#!/usr/bin/env node
// Echo: answers every request with the value that it carried.
'use strict';

const readline = require('node:readline');

function answer(body) {
  switch (body.type) {
    case 'init':
      return { type: 'init_ok' };
    case 'echo':
      return { type: 'echo_ok', echo: body.echo };
    default:
      return { type: 'error', code: 10, text: `this node knows no ${body.type}` };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { src, dest, body } = JSON.parse(line);
  const reply = { ...answer(body), in_reply_to: body.msg_id };
  console.log(JSON.stringify({ src: dest, dest: src, body: reply }));
});
