//go:build unix

package httpget

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"

	"socklab/tools/harness/pty"
	"socklab/tools/harness/testexec"
)

// onTerminal runs http-get on a terminal and returns what a person sees.
func onTerminal(t *testing.T, args ...string) (screen string, code int) {
	t.Helper()
	cmd := testexec.Command(t, args...)
	master, err := pty.Start(cmd, 24, 80)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	seen, _ := io.ReadAll(master) // ends with EIO, on Linux
	cmd.Wait()
	return string(seen), cmd.ProcessState.ExitCode()
}

// What a terminal would obey doesn't reach one, unless asked for.
func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"\x00", "\x1b[31mX", "\x7f", "\u009b31mX", "\x9b31mX"} {
		answer := untilClose + "schön \u20ac \U0001f600\t" + body + " and more"
		for flag, shown := range map[string]string{"-body": "schön \u20ac \U0001f600\t", "-i=false": "HTTP/1.1 200 OK\r\r\n\r\r\nschön \u20ac \U0001f600\t"} {
			url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, answer) })
			screen, code := onTerminal(t, flag, url)
			// A lead byte may stand before the command that it hides.
			if got := screen[:min(len(screen), len(shown))]; got != shown || code != 1 {
				t.Errorf("%s %q shows %q, exit %d", flag, body, screen, code)
			}
			for _, c := range "\x00\x1b\a\b\x7f\u009b\x0e" {
				for _, seen := range screen {
					if seen == c {
						t.Errorf("%s %q lets %q reach the terminal", flag, body, c)
					}
				}
			}
		}
		url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, untilClose+body) })
		if screen, code := onTerminal(t, "-body", "-o", "-", url); screen != body || code != 0 {
			t.Errorf("-o - shows %q of %q, exit %d", screen, body, code)
		}
		url = serve(t, func(conn *net.TCPConn) { io.WriteString(conn, untilClose+body) })
		if stdout, _, code := run(t, "-body", url); stdout != body || code != 0 {
			t.Errorf("a pipe gets %q of %q, exit %d", stdout, body, code)
		}
	}
}

// A character that is cut between two receives is one all the same.
func TestTerminalCutAnywhere(t *testing.T) {
	t.Parallel()
	for text, whole := range map[string]bool{"ö\u20ac\U0001f600": true, "à\u0100\ufb00": true, "x\u0085": false, "\xc3\xa4\x85": false, "\xe2\x82\u0085": false} {
		for cut := range len(text) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			screen := &terminal{File: writer}
			_, err = screen.Write([]byte(text[:cut]))
			if err == nil {
				_, err = screen.Write([]byte(text[cut:]))
			}
			writer.Close()
			seen, _ := io.ReadAll(reader)
			reader.Close()
			if whole && (err != nil || string(seen) != text) || !whole && !errors.Is(err, errNotText) {
				t.Errorf("%q cut at %d: %q, %v", text, cut, seen, err)
			}
		}
	}
}
