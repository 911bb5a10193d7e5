#!/usr/bin/env ruby
# Echo: answers every request with the value that it carried.
require 'json'

# A reply that stays in the buffer is never sent.
$stdout.sync = true

def answer(body)
  case body['type']
  when 'init' then { type: 'init_ok' }
  when 'echo' then { type: 'echo_ok', echo: body['echo'] }
  else { type: 'error', code: 10, text: "this node knows no #{body['type']}" }
  end
end

$stdin.each_line do |line|
  request = JSON.parse(line)
  body = answer(request['body']).merge(in_reply_to: request['body']['msg_id'])
  puts JSON.generate(src: request['dest'], dest: request['src'], body: body)
end
