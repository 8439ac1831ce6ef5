//go:build unix

// Package lsp is what editors ask about scripts: a server of the Language Server Protocol
// (microsoft.github.io/language-server-protocol, version 3.17), and a grammar for their
// colours.
package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"path/filepath"
	"sync"

	"github.com/sourcegraph/jsonrpc2"

	"socklab/tools/harness/script"
)

// Options are what a Server does not know of itself.
type Options struct {
	Programs []script.Program // that scripts start by name

	// Play plays the script in a file, and says how that ended. It ends early with ctx.
	Play func(ctx context.Context, file string) Played
}

// A Played is what became of a script.
type Played struct {
	Passed  bool
	Message string
	Line    int // of the script, from 1, where it failed; 0: nowhere
}

// PlayCommand is the command behind the code lens. Its argument is the URI of a script.
const PlayCommand = "socklab.play"

// What the server keeps at most: documents, and bytes in each; and of how many mistakes in
// one it tells.
const (
	maxDocuments = 200
	maxText      = 256 << 10
	maxMistakes  = 500
)

// Codes of errors that the Language Server Protocol adds to those of JSON-RPC.
const (
	codeNotInitialized  = -32002
	codeRequestFailed   = -32803
	codeRequestCanceled = -32800
)

// Serve answers a client until it says exit, or in ends. It returns the exit code of a
// server's process: 0 if the client said shutdown before.
func Serve(in io.Reader, out io.Writer, diagnoses io.Writer, o Options) int {
	w := &wire{in: bufio.NewReaderSize(in, maxHead), out: out}
	ctx, stop := context.WithCancel(context.Background())
	s := &server{Options: o, documents: map[string]*document{}, ctx: ctx, stop: stop, running: map[jsonrpc2.ID]context.CancelFunc{}}
	logger := log.New(diagnoses, "socklab lsp: ", 0)
	conn := jsonrpc2.NewConn(ctx, w, s, jsonrpc2.SetLogger(logger))
	<-conn.DisconnectNotify()
	stop()
	s.plays.Wait()
	switch {
	case !s.exits && w.err != nil:
		logger.Printf("read a message: %v", w.err)
		return 1
	case !s.exits:
		logger.Print("the input ended, and the client has not said exit")
		return 1
	case !s.clean:
		logger.Print("the client said exit, and not shutdown before")
		return 1
	}
	return 0
}

type server struct {
	Options
	documents map[string]*document // by URI
	begun     bool                 // initialize has come
	shut      bool                 // shutdown has come
	exits     bool                 // exit has come
	clean     bool                 // behind shutdown

	ctx   context.Context
	stop  context.CancelFunc
	plays sync.WaitGroup

	mu      sync.Mutex
	running map[jsonrpc2.ID]context.CancelFunc // plays, by their requests
}

// A document is a script in an editor.
type document struct{ *layout }

// A method answers a request, or takes a notification.
type method func(s *server, conn *jsonrpc2.Conn, params json.RawMessage) (result any, err error)

// methods are those that are answered when the server is ready, at once.
var methods = map[string]method{
	"initialized":             ignored,
	"textDocument/didOpen":    opened,
	"textDocument/didChange":  changed,
	"textDocument/didSave":    saved,
	"textDocument/didClose":   closed,
	"textDocument/hover":      hover,
	"textDocument/completion": completion,
	"textDocument/codeLens":   lenses,
}

// Handle is called for each message, one after the other.
func (s *server) Handle(ctx context.Context, conn *jsonrpc2.Conn, r *jsonrpc2.Request) {
	var params json.RawMessage
	if r.Params != nil {
		params = *r.Params
	}
	result, err := s.answer(conn, r, params)
	if r.Notif || errors.Is(err, errLater) {
		return
	}
	respond(conn, r.ID, result, err)
}

// errLater is the error of a request that is answered later.
var errLater = errors.New("later")

func respond(conn *jsonrpc2.Conn, id jsonrpc2.ID, result any, err error) {
	if err == nil {
		conn.Reply(context.Background(), id, result)
		return
	}
	var known *jsonrpc2.Error
	if !errors.As(err, &known) {
		known = &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
	}
	conn.ReplyWithError(context.Background(), id, known)
}

func failed(code int64, format string, args ...any) error {
	return &jsonrpc2.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (s *server) answer(conn *jsonrpc2.Conn, r *jsonrpc2.Request, params json.RawMessage) (result any, err error) {
	switch {
	case s.exits:
		return nil, nil
	case r.Method == "exit":
		s.exits, s.clean = true, s.shut
		s.stop() // which ends the connection
		return nil, nil
	case r.Method == "initialize" && !s.begun:
		s.begun = true
		return capabilities, nil
	case r.Method == "initialize":
		return nil, failed(jsonrpc2.CodeInvalidRequest, "initialize: the server is initialized already")
	case !s.begun:
		return nil, failed(codeNotInitialized, "%.100s before initialize", r.Method)
	case s.shut:
		return nil, failed(jsonrpc2.CodeInvalidRequest, "%.100s after shutdown", r.Method)
	case r.Method == "shutdown":
		s.shut = true
		return nil, nil
	case r.Method == "$/cancelRequest":
		var p struct {
			ID jsonrpc2.ID `json:"id"`
		}
		if err := json.Unmarshal(params, &p); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.running[p.ID]; cancel != nil {
			cancel()
		}
		return nil, nil
	case r.Method == "workspace/executeCommand" && !r.Notif:
		return nil, s.execute(conn, r.ID, params)
	}
	does, known := methods[r.Method]
	if !known {
		return nil, failed(jsonrpc2.CodeMethodNotFound, "there is no method %.100q", r.Method)
	}
	return does(s, conn, params)
}

// capabilities answer initialize.
var capabilities = map[string]any{
	"serverInfo": map[string]string{"name": "socklab lsp"},
	"capabilities": map[string]any{
		"positionEncoding":       "utf-16",
		"textDocumentSync":       map[string]any{"openClose": true, "change": 1, "save": true}, // 1: all of the text
		"hoverProvider":          true,
		"completionProvider":     map[string]any{"triggerCharacters": []string{"$", "-", " "}},
		"codeLensProvider":       map[string]any{},
		"executeCommandProvider": map[string]any{"commands": []string{PlayCommand}},
	},
}

func ignored(*server, *jsonrpc2.Conn, json.RawMessage) (any, error) { return nil, nil }

// identified are the parameters of all that is about a document.
type identified struct {
	Document struct {
		URI  string `json:"uri"`
		Text string `json:"text"`
	} `json:"textDocument"`
	Position position `json:"position"`
	Changes  []struct {
		Range *span  `json:"range"`
		Text  string `json:"text"`
	} `json:"contentChanges"`
}

func opened(s *server, conn *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	var p identified
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	s.keep(conn, p.Document.URI, p.Document.Text)
	return nil, nil
}

func changed(s *server, conn *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	var p identified
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	for _, c := range p.Changes {
		if c.Range == nil { // all of the text, which is what was asked for
			s.keep(conn, p.Document.URI, c.Text)
		}
	}
	return nil, nil
}

// keep keeps a document, and says what is wrong with it.
func (s *server) keep(conn *jsonrpc2.Conn, uri, text string) {
	delete(s.documents, uri)
	if len(s.documents) >= maxDocuments || len(text) > maxText {
		publish(conn, uri, nil)
		tell(conn, 2, fmt.Sprintf("socklab: nothing is said of %.200s: it has %d bytes, and may have %d; %d scripts are open, and %d may be", uri, len(text), maxText, len(s.documents), maxDocuments))
		return
	}
	d := &document{lay(text)}
	s.documents[uri] = d
	d.diagnose(conn, uri)
}

func saved(s *server, conn *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	uri, d, err := s.find(params)
	if d != nil {
		d.diagnose(conn, uri)
	}
	return nil, err
}

func closed(s *server, conn *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	uri, d, err := s.find(params)
	if d != nil {
		delete(s.documents, uri)
		publish(conn, uri, nil)
	}
	return nil, err
}

// find finds the document that a message is about; nil if it is not open.
func (s *server) find(params json.RawMessage) (uri string, d *document, err error) {
	var p identified
	err = json.Unmarshal(params, &p)
	return p.Document.URI, s.documents[p.Document.URI], err
}

// A diagnostic is something that is wrong in a document.
type diagnostic struct {
	Range    span   `json:"range"`
	Severity int    `json:"severity"` // 1: an error
	Source   string `json:"source"`
	Message  string `json:"message"`
}

func (d *document) diagnose(conn *jsonrpc2.Conn, uri string) {
	var all []diagnostic
	mistakes := script.Lint([]byte(d.text))
	for _, p := range mistakes[:min(len(mistakes), maxMistakes)] {
		all = append(all, diagnostic{d.line(p.Line), 1, "socklab lint", p.Message})
	}
	publish(conn, uri, all)
}

func publish(conn *jsonrpc2.Conn, uri string, all []diagnostic) {
	if all == nil {
		all = []diagnostic{}
	}
	conn.Notify(context.Background(), "textDocument/publishDiagnostics", map[string]any{"uri": uri, "diagnostics": all})
}

// tell shows a message: 1 is an error, 2 a warning, 3 neither.
func tell(conn *jsonrpc2.Conn, kind int, text string) {
	conn.Notify(context.Background(), "window/showMessage", map[string]any{"type": kind, "message": text})
}

// lenses are above the first line: it plays the script.
func lenses(s *server, _ *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	uri, d, err := s.find(params)
	if d == nil || err != nil {
		return []any{}, err
	}
	return []any{map[string]any{
		"range":   span{},
		"command": map[string]any{"title": "Play", "command": PlayCommand, "arguments": []string{uri}},
	}}, nil
}

// execute plays the file of a script, beside whatever else the client asks.
func (s *server) execute(conn *jsonrpc2.Conn, id jsonrpc2.ID, params json.RawMessage) error {
	var p struct {
		Command   string   `json:"command"`
		Arguments []string `json:"arguments"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return err
	}
	if p.Command != PlayCommand || len(p.Arguments) != 1 {
		return failed(jsonrpc2.CodeInvalidParams, "want the command %s with the URI of a script, got %.100q with %d arguments", PlayCommand, p.Command, len(p.Arguments))
	}
	uri := p.Arguments[0]
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || filepath.Ext(u.Path) != ".txtar" || !filepath.IsAbs(u.Path) {
		return failed(jsonrpc2.CodeInvalidParams, "%.200q: want the file:// URI of a script, whose name ends in .txtar", uri)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	if len(s.running) > 0 {
		s.mu.Unlock()
		cancel()
		return failed(codeRequestFailed, "a script is being played already: wait for its end")
	}
	s.running[id] = cancel
	s.mu.Unlock()
	d := s.documents[uri]
	s.plays.Add(1)
	go func() {
		defer s.plays.Done()
		defer cancel()
		played := s.Play(ctx, u.Path)
		s.mu.Lock()
		delete(s.running, id)
		s.mu.Unlock()
		if ctx.Err() != nil {
			respond(conn, id, nil, failed(codeRequestCanceled, "the play was ended"))
			return
		}
		kind := 3
		if !played.Passed {
			kind = 1
		}
		tell(conn, kind, played.Message)
		if d != nil && played.Line > 0 {
			publish(conn, uri, []diagnostic{{d.line(played.Line), 1, "socklab play", played.Message}})
		}
		respond(conn, id, map[string]any{"passed": played.Passed, "message": played.Message, "line": played.Line}, nil)
	}()
	return errLater
}
