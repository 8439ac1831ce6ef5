//go:build unix

package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// A wire carries messages with a head, as the specification's "Base Protocol" says:
// Content-Length: N in a line that ends in CR LF, an empty line, N bytes of JSON.
type wire struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out io.Writer
	err error // why reading ended, if somebody broke the rules
}

// The longest head and the longest message that are read, in bytes.
const (
	maxHead    = 4 << 10
	maxMessage = 16 << 20
)

// WriteObject sends a message.
func (w *wire) WriteObject(message any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return jsonrpc2.VSCodeObjectCodec{}.WriteObject(w.out, message)
}

// ReadObject reads the next message. Who sends what is no message, in a right head, is told
// so; a wrong head ends it all, for nobody knows where the next begins.
func (w *wire) ReadObject(message any) error {
	for {
		body, err := w.body()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.err = err
			}
			return io.EOF // of which the caller says nothing
		}
		if err = json.Unmarshal(body, message); err == nil {
			return nil
		}
		code := int64(jsonrpc2.CodeInvalidRequest)
		if !json.Valid(body) {
			code = jsonrpc2.CodeParseError
		}
		answer := map[string]any{"jsonrpc": "2.0", "id": nil, "error": jsonrpc2.Error{Code: code, Message: err.Error()}}
		if err := w.WriteObject(answer); err != nil {
			return err
		}
	}
}

// body reads a head, and what belongs to it.
func (w *wire) body() ([]byte, error) {
	length := -1
	for read := 0; ; {
		line, err := w.in.ReadSlice('\n')
		read += len(line)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || read > maxHead:
			return nil, fmt.Errorf("a head of more than %d bytes", maxHead)
		case errors.Is(err, io.EOF) && read > 0:
			return nil, fmt.Errorf("the input ended within a head")
		case err != nil:
			return nil, err
		}
		text, whole := strings.CutSuffix(string(line), "\r\n")
		if !whole {
			return nil, fmt.Errorf("a line of a head ends in LF, want CR LF: %.40q", line)
		}
		if text == "" {
			break
		}
		name, value, _ := strings.Cut(text, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		if err != nil || n > maxMessage {
			return nil, fmt.Errorf("%.60q: want a number of bytes, at most %d", text, maxMessage)
		}
		length = int(n)
	}
	if length < 0 {
		return nil, errors.New("a head without Content-Length: N")
	}
	body, err := io.ReadAll(io.LimitReader(w.in, int64(length)))
	if err == nil && len(body) < length {
		err = fmt.Errorf("the input ended after %d of %d bytes of a message", len(body), length)
	}
	return body, err
}

// Close does nothing: stdin and stdout end with the process.
func (w *wire) Close() error { return nil }
