//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sourcegraph/jsonrpc2"

	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// An editor is a client of socklab lsp, which is another process, at the ends of pipes.
type editor struct {
	*testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	errors strings.Builder
	*jsonrpc2.Conn
	told chan *jsonrpc2.Request // what the server sends by itself
}

func startEditor(t *testing.T) *editor {
	e := &editor{T: t, cmd: testexec.Command(t, "lsp"), told: make(chan *jsonrpc2.Request, 100)}
	e.cmd.Args[0], e.cmd.Dir, e.cmd.Stderr = "socklab", t.TempDir(), &e.errors
	var err1, err2 error
	e.in, err1 = e.cmd.StdinPipe()
	e.out, err2 = e.cmd.StdoutPipe()
	if err := errors.Join(err1, err2, e.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.cmd.Process.Kill() })
	return e
}

func (e *editor) Read(b []byte) (int, error)  { return e.out.Read(b) }
func (e *editor) Write(b []byte) (int, error) { return e.in.Write(b) }
func (e *editor) Close() error                { return e.in.Close() }

// Handle takes what the server sends by itself.
func (e *editor) Handle(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) { e.told <- r }

// talks lets the client speak in messages.
func (e *editor) talks() *editor {
	ctx, cancel := context.WithTimeout(context.Background(), testexec.TooLong)
	e.Cleanup(cancel)
	e.Conn = jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(e, jsonrpc2.VSCodeObjectCodec{}), e)
	return e
}

// asks sends a request, and returns its result as JSON, or the error.
func (e *editor) asks(method string, params any) string {
	e.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testexec.TooLong)
	defer cancel()
	var result json.RawMessage
	if err := e.Call(ctx, method, params, &result); err != nil {
		return err.Error()
	}
	return string(result)
}

func (e *editor) says(method string, params any) {
	e.Helper()
	if err := e.Notify(context.Background(), method, params); err != nil {
		e.Fatal(method, err)
	}
}

// hears waits for a notification.
func (e *editor) hears(method string) string {
	e.Helper()
	select {
	case r := <-e.told:
		if r.Method != method {
			e.Errorf("got %s, want %s", r.Method, method)
		}
		return string(*r.Params)
	case <-e.DisconnectNotify():
		e.Fatalf("the server has gone, and %s not come\n%s", method, e.errors.String())
	}
	return ""
}

// ends waits for the end of the server.
func (e *editor) ends(code int) {
	e.Helper()
	e.cmd.Wait()
	if got := e.cmd.ProcessState.ExitCode(); got != code {
		e.Errorf("exit code %d, want %d\n%s", got, code, e.errors.String())
	}
}

func pointAt(uri string, line, character int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]int{"line": line, "character": character}}
}

func open(uri, text string) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "socklab", "version": 1, "text": text}}
}

func change(uri, text string) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri, "version": 2}, "contentChanges": []any{map[string]any{"text": text}}}
}

// TestLSP is a session, from initialize to exit.
func TestLSP(t *testing.T) {
	t.Parallel()
	e := startEditor(t).talks()
	contains := func(what, got string, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %s has no %s", what, got, text)
			}
		}
	}
	const uri = "file:///ours/talk.txtar"
	contains("before initialize", e.asks("textDocument/hover", pointAt(uri, 0, 0)), "code -32002")
	contains("initialize", e.asks("initialize", map[string]any{"processId": nil, "capabilities": map[string]any{}}), `"positionEncoding":"utf-16"`, `"change":1`, `"socklab.play"`)
	contains("initialize again", e.asks("initialize", map[string]any{}), "code -32600")
	e.says("initialized", map[string]any{})
	contains("an unknown method", e.asks("textDocument/astrology", map[string]any{}), "code -32601", "astrology")
	e.says("textDocument/astrology", map[string]any{})
	e.says("$/setTrace", map[string]any{"value": "off"})
	contains("wrong parameters", e.asks("textDocument/hover", []int{1}), "code -32602")

	// 𝄞 has two units of UTF-16, and ü has one, and two bytes.
	script := "# One.\nspawn server echo-server $ADDR\nexpect '𝄞ü' x\n\texpect server '(' # wrong\nhost router1 10.0.0.1/24\nexpect server '(?P<who>.+)$'\nexited server\n"
	e.says("textDocument/didOpen", open(uri, script))
	got := e.hears("textDocument/publishDiagnostics")
	contains("diagnostics", got, `"range":{"end":{"character":14,"line":2},"start":{"character":0,"line":2}}`, "nobody of that name is there yet",
		`"range":{"end":{"character":26,"line":3},"start":{"character":1,"line":3}}`, "missing closing )")
	e.says("textDocument/didSave", open(uri, ""))
	if again := e.hears("textDocument/publishDiagnostics"); again != got {
		t.Errorf("saved: %s, want %s", again, got)
	}
	contains("hover over a command", e.asks("textDocument/hover", pointAt(uri, 1, 4)), "spawn [-on=HOST]", `"start":{"line":1,"character":0},"end":{"line":1,"character":5}`)
	contains("hover behind two units", e.asks("textDocument/hover", pointAt(uri, 5, 8)), "begun in line 2 by `spawn`")
	contains("hover over a variable", e.asks("textDocument/hover", pointAt(uri, 1, 26)), "where the script's server is to listen")
	for _, there := range [][2]int{{0, 3}, {1, 5}, {99, 0}, {3, 999}, {-1, -1}, {2, 1 << 30}} {
		if got := e.asks("textDocument/hover", pointAt(uri, there[0], there[1])); got != "null" {
			t.Errorf("hover at %v: %s", there, got)
		}
	}
	e.asks("textDocument/hover", pointAt("file:///nowhere", 0, 0))

	// What fits, at the end of a line that is being written.
	for _, test := range []struct{ line, want, not string }{
		{"exp", `"newText":"expect"`, "spawn"},
		{"! ex", `"newText":"exited"`, `"newText":"dial"`},
		{"expect ", `"newText":"server"`, "router1"},
		{"expect se", `{"range":{"start":{"line":7,"character":7},"end":{"line":7,"character":9}},"newText":"server"}`, ""},
		{"expect 'ü𝄞' $w", `{"range":{"start":{"line":7,"character":13},"end":{"line":7,"character":15}},"newText":"$who"}`, "ADDR"},
		{"exited -", `"newText":"-t="`, "server"},
		{"spawn a ec", `"newText":"echo-server"`, "desk-server"},
		{"spawn ", "-syscalls", `"newText":"server"`},
		{"unplug r", `"newText":"router1"`, "server"},
		{"send server $A", `"newText":"$ADDR"`, "$PORT"},
		{"# ex", "[]", ""},
		{"exec cat # ex", "[]", ""},
		{"expect 'ex", "[]", ""},
	} {
		e.says("textDocument/didChange", change(uri, script+test.line))
		e.hears("textDocument/publishDiagnostics")
		got := e.asks("textDocument/completion", pointAt(uri, 7, len([]rune(test.line))+strings.Count(test.line, "𝄞")))
		contains(test.line, got, test.want)
		if test.not != "" && strings.Contains(got, test.not) {
			t.Errorf("%s: %s has %s", test.line, got, test.not)
		}
	}

	// Lines that end in CR LF, and in CR alone, which a script doesn't know.
	e.says("textDocument/didChange", change(uri, "# One.\r\nnonsense ü\r\n"))
	contains("CRLF", e.hears("textDocument/publishDiagnostics"), "line 1 of the script ends in CR LF",
		`"message":"there is no command nonsense","range":{"end":{"character":10,"line":1},"start":{"character":0,"line":1}}`)
	e.says("textDocument/didChange", change(uri, "exec true\rnonsense\nnonsense\n"))
	contains("CR", e.hears("textDocument/publishDiagnostics"), `"start":{"character":0,"line":2}`)
	for _, text := range []string{"exec true\n-- --\n", "\xff\xfe", "", "-- x --", "\ufeff-- --"} {
		e.says("textDocument/didChange", change(uri, text))
		e.hears("textDocument/publishDiagnostics")
	}
	// Too much: another script is still answered for.
	const large = "file:///ours/large.txtar"
	e.says("textDocument/didOpen", open(large, strings.Repeat("nonsense\n", 30000)))
	contains("too large", e.hears("textDocument/publishDiagnostics"), `"diagnostics":[]`)
	contains("too large", e.hears("window/showMessage"), "it has 270000 bytes, and may have 262144")
	e.says("textDocument/didChange", change(large, strings.Repeat("x\n", 1000)))
	if n := strings.Count(e.hears("textDocument/publishDiagnostics"), "there is no command x"); n != 500 {
		t.Errorf("%d mistakes, want 500", n)
	}
	e.says("textDocument/didClose", open(uri, ""))
	contains("closed", e.hears("textDocument/publishDiagnostics"), `"diagnostics":[]`)

	contains("shutdown", e.asks("shutdown", nil), "null")
	contains("after shutdown", e.asks("textDocument/hover", pointAt(uri, 0, 0)), "code -32600")
	e.says("exit", nil)
	e.ends(0)
}

// TestLSPPlays plays scripts through the code lens.
func TestLSPPlays(t *testing.T) {
	t.Parallel()
	e := startEditor(t).talks()
	e.asks("initialize", map[string]any{})
	file := func(name, text string) string {
		save(t, filepath.Join(e.cmd.Dir, name), text)
		return "file://" + filepath.Join(e.cmd.Dir, name)
	}
	plays := func(arguments ...string) string {
		return e.asks("workspace/executeCommand", map[string]any{"command": "socklab.play", "arguments": arguments})
	}
	good := file("a good one.txtar", "# It ends.\nexec true\n")
	bad := file("bad.txtar", "# It says no.\nexec echo yes\nstdout no\n")
	e.says("textDocument/didOpen", open(bad, "# It says no.\nexec echo yes\nstdout no\n"))
	e.hears("textDocument/publishDiagnostics")
	if got := e.asks("textDocument/codeLens", pointAt(bad, 0, 0)); !strings.Contains(got, `"arguments":["`+bad+`"]`) {
		t.Errorf("%s", got)
	}
	if got := plays(strings.ReplaceAll(good, " ", "%20")); !strings.Contains(got, `"passed":true`) {
		t.Errorf("%s", got)
	}
	if got := e.hears("window/showMessage"); !strings.Contains(got, `a good one.txtar: passed`) {
		t.Errorf("%s", got)
	}
	if got := plays(bad); !strings.Contains(got, `"line":3`) || !strings.Contains(got, `"passed":false`) {
		t.Errorf("%s", got)
	}
	e.hears("window/showMessage")
	if got := e.hears("textDocument/publishDiagnostics"); !strings.Contains(got, `"start":{"character":0,"line":2}`) || !strings.Contains(got, "socklab play") {
		t.Errorf("%s", got)
	}
	if got := plays(file("none.txtar", "") + "x.txtar"); !strings.Contains(got, "could not tell") {
		t.Errorf("%s", got)
	}
	e.hears("window/showMessage")
	for _, uri := range []string{"http://x/y.txtar", "file:///etc/passwd", "y.txtar", "file:x.txtar", "%"} {
		if got := plays(uri); !strings.Contains(got, "want the file:// URI of a script") {
			t.Errorf("%s: %s", uri, got)
		}
	}
	if got := plays(); !strings.Contains(got, "with 0 arguments") {
		t.Errorf("%s", got)
	}
	// It hangs until the client ends it, by cancel or by exit; meanwhile others are asked.
	door := filepath.Join(e.cmd.Dir, "door")
	if err := syscall.Mkfifo(door, 0o666); err != nil {
		t.Skip("it needs named pipes: ", err)
	}
	slow := file("slow.txtar", "exec cat "+door+"\n")
	ctx, cancel := context.WithTimeout(context.Background(), testexec.TooLong)
	defer cancel()
	call, err := e.DispatchCall(ctx, "workspace/executeCommand", map[string]any{"command": "socklab.play", "arguments": []string{slow}}, jsonrpc2.PickID(jsonrpc2.ID{Num: 777}))
	if err != nil {
		t.Fatal(err)
	}
	if got := plays(good); !strings.Contains(got, "is being played already") {
		t.Errorf("%s", got)
	}
	e.says("$/cancelRequest", map[string]any{"id": 777})
	if err := call.Wait(ctx, nil); err == nil || !strings.Contains(err.Error(), "-32800") {
		t.Errorf("%v", err)
	}
	if _, err := e.DispatchCall(ctx, "workspace/executeCommand", map[string]any{"command": "socklab.play", "arguments": []string{slow}}); err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File, 1)
	go func() {
		f, _ := os.OpenFile(door, os.O_WRONLY, 0) // when somebody reads
		opened <- f
	}()
	select {
	case f := <-opened:
		defer f.Close()
		e.asks("shutdown", nil)
		e.says("exit", nil)
		e.ends(0)
		if _, err := f.WriteString("x"); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("what the script started is still there: %v", err)
		}
	case <-ctx.Done():
		t.Error("the script is not played")
	}
}

// TestLSPFrames breaks the rules of the wire.
func TestLSPFrames(t *testing.T) {
	t.Parallel()
	frame := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
	const shutdown, exit = `{"jsonrpc":"2.0","id":9,"method":"shutdown"}`, `{"jsonrpc":"2.0","method":"exit"}`
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`
	bye := frame(initialize) + frame(shutdown) + frame(exit)
	for _, test := range all.Of([]struct {
		name, sent   string
		code         int
		says, errors string
	}{
		{"nothing", "", 1, "", "the input ended"},
		{"no JSON", frame("{") + bye, 0, "-32700", ""},
		{"a huge number", "Content-Length: 4000000000\r\n\r\n{", 1, "", "at most 16777216"},
		{"exit at once", frame(exit), 1, "", "not shutdown before"},
		{"shutdown, no exit", frame(initialize) + frame(shutdown), 1, `"id":9,"result":null`, "not said exit"},
		{"no head", "hello\r\n\r\n", 1, "", "a head without Content-Length"},
		{"LF", "Content-Length: 2\n\n{}", 1, "", "ends in LF, want CR LF"},
		{"no number", "Content-Length: many\r\n\r\n", 1, "", "want a number of bytes"},
		{"a negative number", "Content-Length: -1\r\n\r\n", 1, "", "want a number of bytes"},
		{"a larger one", "Content-Length: 99999999999999999999\r\n\r\n{", 1, "", "at most 16777216"},
		{"an endless head", strings.Repeat("a", 1<<20), 1, "", "a head of more than 4096 bytes"},
		{"many heads", strings.Repeat("a: b\r\n", 1<<12), 1, "", "a head of more than 4096 bytes"},
		{"half a head", "Content-Len", 1, "", "ended within a head"},
		{"half a message", "Content-Length: 100\r\n\r\n{", 1, "", "after 1 of 100 bytes"},
		{"escapes", "\x1b[31mred\n", 1, "", `\x1b[31mred`},
		{"no bytes", frame("") + bye, 0, "-32700", ""},
		{"no message", frame("null") + frame("1") + frame("[]") + frame("{}") + bye, 0, "-32600", ""},
		{"an array", frame("["+initialize+"]") + bye, 0, "-32600", ""},
		{"an answer to nobody", frame(`{"jsonrpc":"2.0","id":5,"result":1}`) + bye, 0, "", ""},
		{"another type and case", "content-length:" + fmt.Sprint(len(initialize)) + "\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" + initialize + frame(shutdown) + frame(exit), 0, `"id":1,"result"`, ""},
		{"no parameters", frame(initialize) + frame(`{"jsonrpc":"2.0","id":"x","method":"textDocument/hover"}`) + frame(shutdown) + frame(exit), 0, `"id":"x","error":{"code":-32602`, ""},
	}, 3) {
		e := startEditor(t)
		go func() {
			io.WriteString(e.in, test.sent)
			e.in.Close()
		}()
		out, err := io.ReadAll(e.out)
		e.ends(test.code)
		if err != nil || !strings.Contains(string(out), test.says) || !strings.Contains(e.errors.String(), test.errors) || strings.ContainsRune(e.errors.String(), '\x1b') {
			t.Errorf("%s: want %q and %q (%v), got\n%s\n%s", test.name, test.says, test.errors, err, out, e.errors.String())
		}
		if left, _ := os.ReadDir(e.cmd.Dir); len(left) > 0 {
			t.Errorf("%s left %v", test.name, left)
		}
	}
	if code, _, errors := tell(t, t.TempDir(), "lsp", "x"); code != 2 || !strings.Contains(errors, "takes no argument") {
		t.Errorf("%d %s", code, errors)
	}
}
