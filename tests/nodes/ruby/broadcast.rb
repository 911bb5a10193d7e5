#!/usr/bin/env ruby
# Broadcast: flood with acknowledgement and retry.
#
# A value goes on to every neighbour but the one it came from, and again and again until that
# neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.
require 'json'
require 'set'

$stdout.sync = true

class BroadcastNode
  RETRY_SECONDS = 0.5

  def initialize
    @mutex = Mutex.new # guards all below, and stdout
    @neighbours = []
    @values = Set.new
    @unacknowledged = {} # msg_id => [neighbour, body]
    @last_msg_id = 0
  end

  def run
    Thread.new { retry_forever }
    $stdin.each_line { |line| @mutex.synchronize { handle(JSON.parse(line)) } }
  end

  private

  def handle(message)
    body = message['body']
    case body['type']
    when 'init'
      @node_id = body['node_id']
      reply(message, type: 'init_ok')
    when 'topology'
      @neighbours = body['topology'][@node_id]
      reply(message, type: 'topology_ok')
    when 'broadcast'
      reply(message, type: 'broadcast_ok')
      learn(body['message'], message['src'])
    when 'broadcast_ok'
      @unacknowledged.delete(body['in_reply_to'])
    when 'read'
      reply(message, type: 'read_ok', messages: @values.to_a)
    else
      unless body.key?('in_reply_to')
        reply(message, type: 'error', code: 10, text: "this node knows no #{body['type']}")
      end
    end
  end

  def learn(value, sender)
    return unless @values.add?(value) # known, so already on its way

    (@neighbours - [sender]).each do |neighbour|
      @last_msg_id += 1
      body = { type: 'broadcast', msg_id: @last_msg_id, message: value }
      @unacknowledged[@last_msg_id] = [neighbour, body]
      send_to(neighbour, body)
    end
  end

  def retry_forever
    loop do
      sleep RETRY_SECONDS
      @mutex.synchronize do
        @unacknowledged.each_value { |neighbour, body| send_to(neighbour, body) }
      end
    end
  end

  def reply(request, **body)
    send_to(request['src'], body.merge(in_reply_to: request['body']['msg_id']))
  end

  def send_to(dest, body)
    puts JSON.generate(src: @node_id, dest: dest, body: body)
  end
end

BroadcastNode.new.run
