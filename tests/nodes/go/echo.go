// Echo: answers every request with the value that it carried.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
)

type request struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body struct {
		Type  string `json:"type"`
		MsgID int    `json:"msg_id"`
		// Raw, since a number decoded into an any is a float64, which rounds large integers.
		Echo json.RawMessage `json:"echo"`
	} `json:"body"`
}

type object map[string]any

func answer(req request) object {
	switch req.Body.Type {
	case "init":
		return object{"type": "init_ok"}
	case "echo":
		return object{"type": "echo_ok", "echo": req.Body.Echo}
	default:
		return object{"type": "error", "code": 10, "text": "this node knows no " + req.Body.Type}
	}
}

func main() {
	in := json.NewDecoder(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		var req request
		if err := in.Decode(&req); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		body := answer(req)
		body["in_reply_to"] = req.Body.MsgID
		if err := out.Encode(object{"src": req.Dest, "dest": req.Src, "body": body}); err != nil {
			log.Fatal(err)
		}
	}
}
