package page

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestCalls draws what two shells asked the kernel, in the script's order, with a call
// that waits.
func TestCalls(t *testing.T) {
	const script = `# They talk.
spawn alice socksh
send alice 'door = socket AF_UNIX SOCK_STREAM'
expect alice '^= 3$'
send alice 'other = socket AF_UNIX SOCK_STREAM'
expect alice '^= 4$'
spawn bob socksh
send bob 's = socket AF_UNIX SOCK_STREAM'
expect bob '^= 3$'
send bob 'connect s hello.sock'
! expect -for=1ms bob '='
send alice 'bob = accept door'
expect alice '^= 5, no name$'
expect bob '^= 0$'
send bob 'send s "x"'
expect -t=5s bob '^= 1$'
send alice 'bind other nowhere'
expect alice '^= -1 ENOENT .*$'
eof bob
exited bob
send alice 'recv bob 9'
-- alice.want --
$ socksh
» door = socket AF_UNIX SOCK_STREAM
= 3
» other = socket AF_UNIX SOCK_STREAM
= 4
» bob = accept door
= 5, no name
» bind other nowhere  # there is no such directory
= -1 ENOENT 2 (no such file or directory): tried once
-- bob.want --
$ socksh
» s = socket AF_UNIX SOCK_STREAM
= 3
» connect s hello.sock
= 0
» send s "x"
= 1
» ^D
`
	c := &checker{root: fstest.MapFS{"testdata/scripts/1.1-echo.txtar": {Data: []byte(script)}}}
	for from, want := range map[string]string{
		"alice,bob": `sequenceDiagram
    participant alice
    participant kernel
    participant bob
    bob->>kernel: connect s hello.sock
    kernel->>alice: accept door = 5, no name
    kernel->>bob: = 0
    bob->>kernel: send s "x" = 1
    alice-xkernel: bind other nowhere = ENOENT, tried once
    bob-->>kernel: leaves`,
		"alice.bob,alice.other": `sequenceDiagram
    participant bob
    participant kernel
    participant other
    kernel->>bob: accept door = 5, no name
    other-xkernel: bind nowhere = ENOENT, tried once`,
		"alice.bind":  "1.1-echo/calls:alice.bind: alice.bind asks nothing on its screen",
		"alice,carol": `1.1-echo/calls:alice,carol: testdata/scripts/1.1-echo.txtar has no member "carol.want": it has alice.want, bob.want`,
	} {
		lines, err := c.drawn(fence{from: "1.1-echo/calls:" + from})
		got := strings.Join(lines, "\n")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", from, got, want)
		}
	}
}
