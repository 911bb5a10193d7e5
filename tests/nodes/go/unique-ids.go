// Unique ids: the node's name makes an id unique among the nodes, a counter within the node.
//
// The counter starts again with the process. A node that may be restarted has to keep it on disk.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
)

type request struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body struct {
		Type   string `json:"type"`
		MsgID  int    `json:"msg_id"`
		NodeID string `json:"node_id"`
	} `json:"body"`
}

type object map[string]any

type generator struct {
	nodeID string
	count  uint64
}

func (g *generator) answer(req request) object {
	switch req.Body.Type {
	case "init":
		g.nodeID = req.Body.NodeID
		return object{"type": "init_ok"}
	case "generate":
		g.count++
		return object{"type": "generate_ok", "id": fmt.Sprintf("%s-%d", g.nodeID, g.count)}
	default:
		return object{"type": "error", "code": 10, "text": "this node knows no " + req.Body.Type}
	}
}

func main() {
	in := json.NewDecoder(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	var ids generator
	for {
		var req request
		if err := in.Decode(&req); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		body := ids.answer(req)
		body["in_reply_to"] = req.Body.MsgID
		if err := out.Encode(object{"src": req.Dest, "dest": req.Src, "body": body}); err != nil {
			log.Fatal(err)
		}
	}
}
