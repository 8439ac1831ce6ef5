package recording

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// An Event is one thing that happened. The package comment explains each layer and
// kind.
type Event struct {
	At      int64           // microseconds since the start
	Layer   string          // script, screen, stream, packets or syscalls
	Kind    string          // what happened
	Actor   string          // who did it
	Peer    string          // to whom
	Line    int             // of the script, the command that was running; 0: none
	Text    []byte          // any bytes
	Took    int64           // microseconds; kind end only
	Failure json.RawMessage // an object; kind verdict only
	Frame   []byte          // the packet as it was on the wire, with its link layer
	Size    int             // in bytes, where Text has only the beginning

	Connection int  // the number of the connection that a stream event or a packet belongs to; 0: none
	Called     bool // in that connection, the actor is the one who was called

	// The file does not have these.
	Joins bool // Text continues that of the event before, if that has this kind
	Of    any  // the recorder's own data about the event; if Text is empty, a fmt.Stringer that supplies it
}

// fileEvent is an event as the file has it.
type fileEvent struct {
	At      int64           `json:"at"`
	Layer   string          `json:"layer"`
	Kind    string          `json:"kind"`
	Actor   string          `json:"actor,omitempty"`
	Peer    string          `json:"peer,omitempty"`
	Line    int             `json:"line,omitempty"`
	Text    string          `json:"text,omitempty"`
	B64     string          `json:"b64,omitempty"`
	Took    int64           `json:"took,omitempty"`
	Failure json.RawMessage `json:"failure,omitempty"`
	Frame   string          `json:"frame,omitempty"`
	Size    int             `json:"size,omitempty"`

	Connection int  `json:"conn,omitempty"`
	Called     bool `json:"called,omitempty"`
}

// MarshalJSON writes bytes that are not UTF-8 in base64.
func (e Event) MarshalJSON() ([]byte, error) {
	f := fileEvent{At: e.At, Layer: e.Layer, Kind: e.Kind, Actor: e.Actor, Peer: e.Peer, Line: e.Line, Took: e.Took, Failure: e.Failure,
		Frame: base64.StdEncoding.EncodeToString(e.Frame), Size: e.Size, Connection: e.Connection, Called: e.Called}
	if words, ok := e.Of.(fmt.Stringer); ok && e.Text == nil {
		e.Text = []byte(words.String())
	}
	if utf8.Valid(e.Text) {
		f.Text = string(e.Text)
	} else {
		f.B64 = base64.StdEncoding.EncodeToString(e.Text)
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON writes. It ignores unknown fields.
func (e *Event) UnmarshalJSON(line []byte) error {
	var f fileEvent
	if err := json.Unmarshal(line, &f); err != nil {
		return err
	}
	*e = Event{At: f.At, Layer: f.Layer, Kind: f.Kind, Actor: f.Actor, Peer: f.Peer, Line: f.Line, Text: []byte(f.Text), Took: f.Took, Failure: f.Failure, Size: f.Size, Connection: f.Connection, Called: f.Called}
	var err error
	if f.B64 != "" {
		if e.Text, err = base64.StdEncoding.DecodeString(f.B64); err != nil {
			return fmt.Errorf("b64: %w", err)
		}
	}
	if f.Frame != "" {
		if e.Frame, err = base64.StdEncoding.DecodeString(f.Frame); err != nil {
			return fmt.Errorf("frame: %w", err)
		}
	}
	return nil
}
