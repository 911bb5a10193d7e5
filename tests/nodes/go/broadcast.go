// Broadcast: flood with acknowledgement and retry.
//
// A value goes on to every neighbour but the one it came from, and again and again until that
// neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"sync"
	"time"
)

const retryInterval = 500 * time.Millisecond

type message struct {
	Src  string `json:"src"`
	Body struct {
		Type      string              `json:"type"`
		MsgID     int                 `json:"msg_id"`
		InReplyTo *int                `json:"in_reply_to"` // nil: a request
		NodeID    string              `json:"node_id"`
		Topology  map[string][]string `json:"topology"`
		Message   int                 `json:"message"`
	} `json:"body"`
}

type object map[string]any

type forward struct {
	neighbour string
	body      object
}

type node struct {
	mu             sync.Mutex // guards all below
	out            *json.Encoder
	id             string
	neighbours     []string
	values         map[int]bool
	unacknowledged map[int]forward // by msg_id
	lastMsgID      int
}

func (n *node) handle(m message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch m.Body.Type {
	case "init":
		n.id = m.Body.NodeID
		n.reply(m, object{"type": "init_ok"})
	case "topology":
		n.neighbours = m.Body.Topology[n.id]
		n.reply(m, object{"type": "topology_ok"})
	case "broadcast":
		n.reply(m, object{"type": "broadcast_ok"})
		n.learn(m.Body.Message, m.Src)
	case "broadcast_ok":
		delete(n.unacknowledged, *m.Body.InReplyTo)
	case "read":
		values := []int{} // not nil, which would be written as null
		for value := range n.values {
			values = append(values, value)
		}
		n.reply(m, object{"type": "read_ok", "messages": values})
	default:
		if m.Body.InReplyTo == nil {
			n.reply(m, object{"type": "error", "code": 10, "text": "this node knows no " + m.Body.Type})
		}
	}
}

func (n *node) learn(value int, sender string) {
	if n.values[value] {
		return // already on its way
	}
	n.values[value] = true
	for _, neighbour := range n.neighbours {
		if neighbour == sender {
			continue
		}
		n.lastMsgID++
		body := object{"type": "broadcast", "msg_id": n.lastMsgID, "message": value}
		n.unacknowledged[n.lastMsgID] = forward{neighbour, body}
		n.send(neighbour, body)
	}
}

func (n *node) retryForever() {
	for range time.NewTicker(retryInterval).C {
		n.mu.Lock()
		for _, f := range n.unacknowledged {
			n.send(f.neighbour, f.body)
		}
		n.mu.Unlock()
	}
}

func (n *node) reply(request message, body object) {
	body["in_reply_to"] = request.Body.MsgID
	n.send(request.Src, body)
}

func (n *node) send(dest string, body object) {
	if err := n.out.Encode(object{"src": n.id, "dest": dest, "body": body}); err != nil {
		log.Fatal(err)
	}
}

func main() {
	n := &node{
		out:            json.NewEncoder(os.Stdout),
		values:         map[int]bool{},
		unacknowledged: map[int]forward{},
	}
	go n.retryForever()
	in := json.NewDecoder(os.Stdin)
	for {
		var m message
		if err := in.Decode(&m); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		n.handle(m)
	}
}
