//go:build unix

package script_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
)

// kill is a file that kills the script's echo server behind its back.
const kill = `
-- kill.sh --
for p in /proc/[0-9]*; do
    if grep -qz "^WORK=$WORK$" $p/environ 2>/dev/null && [ "$(cat $p/comm)" = echo-server ]; then
        kill -9 ${p#/proc/}
    fi
done
`

// TestCauses checks what a report begins with, and what it must not say.
func TestCauses(t *testing.T) {
	var tried sync.Map // by the names of causes
	var skipped atomic.Bool
	t.Cleanup(func() {
		if skipped.Load() || !all.Asked() {
			return // not all of them were shown
		}
		for _, name := range script.Causes() {
			if _, is := tried.Load(name); !is && runtime.GOOS == "linux" && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
				t.Errorf("no script here fails of the cause %q", name)
			}
		}
	})
	const pair = "listen door tcp $ADDR\ndial a tcp $ADDR\naccept door b\n"
	const server = "spawn server echo-server $ADDR\nexpect server '^listening on '\n"
	for _, test := range all.Of([]struct {
		name, script string
		play         script.Options
		limit        time.Duration // until the play's deadline; 0 is none
		want, not    string
	}{
		{name: "late", // nobody prints in a nanosecond
			script: "spawn alice sh -c 'echo ready; exec cat'\nexpect -t=1ns alice '^ready$'\n",
			want:   "expect alice: late: it came ", not: "got       nothing"},
		{name: "late, of a server",
			script: "spawn server echo-server $ADDR\nexpect -t=1ns server '^listening on .*$'\n",
			want:   "expect server: late: it came ", not: "is stdout flushed?"},
		{name: "ours is killed",
			script: server + "exec sh kill.sh\nexpect server '^never$'\n" + kill,
			want:   "expect server: could not tell: server, which is our own program, was killed by SIGKILL "},
		{name: "ours is killed, and should end",
			script: server + "exec sh kill.sh\nexited server 0\n" + kill,
			want:   "exited server: could not tell: server, which is our own program, was killed by SIGKILL "},
		{name: "another is killed",
			script: "spawn alice sh -c 'kill -9 $$'\nexpect alice '^never$'\n",
			want:   "expect alice: crashed: alice killed by SIGKILL "},
		{name: "typing is cut", limit: 6 * time.Second, // of which half is kept for the end
			script: "spawn alice cat\n" + strings.Repeat("! expect -for=500ms alice x\n", 7) + "send alice hi\n",
			want:   "send alice: could not tell: type \"hi\": "},
		{name: "typing to one who is gone, after another has failed",
			script: "spawn server sh -c 'echo out of luck; exit 1'\nexpect server '^out of luck$'\nspawn alice true\nexited alice\nsend alice hi\n",
			want:   "send alice: failed: server exited 1 after TIME: out of luck; then type \"hi\": alice has ended"},
		{name: "the rest of a line that matched",
			script: "spawn a printf 'x!\\n'\nexpect a '^x'\nexpect a '^z'\n",
			want:   "got       nothing after x!\\n\n", not: "nothing more"},
		{name: "the rest of a line, which has it",
			script: "spawn a printf 'x!y\\n'\nexpect a '^x'\nexpect a '^y'\n",
			want:   "got       x!y\\n\n          it is there, and not at the beginning of a line", not: "nothing more"},
		{name: "what was passed by",
			script: "spawn a printf 'one\\ntwo\\n'\n# Another.\n\nexpect a '^two$'\nexpect a '^one$'\n",
			want:   "wrong bytes: a said it before what line 5 of the script expects, not after that, and exited 0 after TIME\n", not: "nothing more"},
		{name: "what was passed by, and whoever said it goes on",
			script: "spawn a sh -c 'echo zero; echo one; echo two; read x'\nexpect a '^two$'\nexpect -t=200ms a '^one$'\n",
			want:   "got       one\\n\n          said before what line 3 of the script expects\n", not: "says nothing"},
		{name: "one line without an end",
			script: "spawn a sh -c 'head -c 100000 /dev/zero | tr \\\\0 x'\nexpect a '^y'\n",
			want:   "xxxx\n          one line without an end, of which the last ", not: "nothing more"},
		{name: "a crash and nothing else",
			script: "spawn a cat crash\nexpect a '^hello$'\n-- crash --\nTraceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n    dta\n    ^^^\nNameError: name 'dta' is not defined\n",
			want:   "got       nothing but a crash: NameError: name 'dta' is not defined\n", not: "nothing more"},
		{name: "a syntax error",
			script: "spawn a cat crash\nexpect a '^ *(listening|c, on)'\n-- crash --\n  File \"x.py\", line 8\n    c, _ = s.accept(\n                   ^\nSyntaxError: '(' was never closed\n",
			want:   "got       nothing but a crash: SyntaxError: '(' was never closed\n", not: "wanted"},
		{name: "a syntax error, in Node",
			script: "spawn a cat crash\nexpect a '^hello$'\n-- crash --\nx\n/tmp/x.js:3\nlet = 1\n  ^^\n\nSyntaxError: Unexpected token\n    at node:internal:1\n",
			want:   "got       x\\n\n          nothing that begins like it\n          and then a crash: SyntaxError: Unexpected token\n"},
		{name: "bytes of Python",
			script: "spawn a cat said\nexpect a '^bob$'\n-- said --\nb'bob'\n",
			want:   "got       b'bob'\\n\n          b'...' is how Python writes bytes: decode() ", not: "wanted"},
		{name: "bytes of Python behind something",
			script: "spawn a cat said\nexpect a '^hello bob$'\n-- said --\nhello b'bob'\n",
			want:   "decode() makes text of them", not: "wanted"},
		{name: "bytes of Node",
			script: "spawn a printf '%s\\n' '<Buffer 62 6f 62>'\nexpect a '^bob$'\n",
			want:   "toString() makes text of them"},
		{name: "bytes of Go",
			script: "spawn a printf '%s\\n' '[98 111 98]'\nexpect a '^bob$'\n",
			want:   "string() makes text of it"},
		{name: "no bytes of Go",
			script: "spawn a printf '%s\\n' '[1] bob'\nexpect a '^\\[2\\] bob$'\n",
			want:   "\n           ^ wanted 2", not: "string()"},
		{name: "capital letters",
			script: "spawn a printf 'Listening\\n'\nexpect a '^listening$'\n",
			want:   "got       Listening\\n\n          capital and small letters are not the same\n", not: "nothing that begins"},
		{name: "behind a prompt",
			script: "spawn a printf '127.0.0.1:8000> ERR syntax\\n'\nexpect a '^ERR'\n",
			want:   "it is there, and not at the beginning of a line", not: "nothing that begins"},
		{name: "an accident",
			script: "spawn a printf 'closed\\n'\nexpect a 'connection reset by peer$'\n",
			want:   "got       closed\\n\n\n", not: "wanted"},
		{name: "a newline too many",
			script: server + "dial c tcp $ADDR\nsend c 'bob\\n'\nexpect server '^bob$'\n",
			want:   "got       bob␊\\n\n             ^ wanted $\n          ␊ is a newline that was sent, and is one too many\n"},
		{name: "a key that asks nobody to end",
			script: "spawn a sh -c 'stty -ixon; echo ready; read x; read y'\nexpect a '^ready$'\nkey a ^S\nexpect -t=200ms a '^never$'\n",
			want:   "hung: a says nothing more; ", not: "to end"},
		{name: "a signal that asks nobody to end",
			script: "spawn a sh -c 'trap : USR1; echo ready; read x; read y'\nexpect a '^ready$'\nsignal a USR1\nexpect -t=200ms a '^never$'\n",
			want:   "hung: a says nothing more; ", not: "to end"},
		{name: "a key that asks to end",
			script: "spawn a sh -c 'trap : INT; echo ready; read x; read y'\nexpect a '^ready$'\nkey a ^C\nexpect -t=200ms a '^never$'\n",
			want:   "hung: a was asked by ^C to end, and goes on"},
		{name: "a key that asks to end, typed among others",
			script: "spawn a sh -c 'trap : INT; echo ready; read x; read y'\nexpect a '^ready$'\nsend -keys a 'x\\x03'\nexpect -t=200ms a '^never$'\n",
			want:   "hung: a was asked by ^C to end, and goes on"},
		{name: "killed by another signal than the script's",
			script: "spawn a sh -c 'trap \"kill -9 $$\" TERM; echo ready; read x'\nexpect a '^ready$'\nsignal a TERM\nexpect a '^never$'\n",
			want:   "crashed: a killed by SIGKILL "},
		{name: "an address in use, in Python",
			script: "spawn a sh -c 'cat crash; exit 1'\nexpect a '^listening on '\n-- crash --\nTraceback (most recent call last):\n    s.bind(a)\nOSError: [Errno 98] Address already in use\n",
			want:   "before bind: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"},
		{name: "an address in use, in C",
			script: "spawn a sh -c 'echo bind: Address already in use; exit 1'\nexpect a '^listening on '\n",
			want:   "before bind: int on = 1; setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);\n"},
		{name: "a file in another directory",
			script: "spawn a sh -c 'cat config.txt'\nexpect a '^hello$'\n",
			want:   "ENOENT: there is no such file; a relative name is one in the script's directory"},
		{name: "a module in another directory",
			script: "spawn a sh -c 'echo python3: No module named echo_server; exit 1'\nexpect a '^listening on '\n",
			want:   "A program runs in the script's directory, not in its own"},
		{name: "a newline too many, compared",
			script: "listen door tcp $ADDR\ndial a tcp $ADDR\naccept door b\nsend a 'bob\\n'\nexpect b bob\nscreen b\ncmp stdout want\n-- want --\n« \"bob\"\n",
			want:   "A newline too many was sent.\n"},
		{name: "lines in another order, compared",
			script: "exec printf 'two\\none\\n'\ncmp stdout want\n-- want --\none\ntwo\n",
			want:   "The lines are the same, in another order.\n", not: "newline too many"},
		{name: "blanks at the end, compared",
			script: "exec echo 'bob '\ncmp stdout want\n-- want --\nbob\n",
			want:   "Two lines differ in blanks at their end.\n"},
		{name: "the rest of a line, of a text that begins with ^",
			script: "spawn a printf 'x!\\n'\nexpect a '^x'\nexpect -q a '^z'\n",
			want:   "got       !\\n\n", not: "nothing after"},
		{name: "capital letters in colour",
			script: "spawn a printf '\\033[1mListening\\n'\nexpect -plain a '^listening$'\n",
			want:   "capital and small letters are not the same"},
		{name: "twice, and it came once",
			script: "spawn a sh -c 'echo bob; read x'\nexpect a '^bob$'\nexpect -t=200ms a '^bob$'\n",
			want:   "got       nothing more\n          (one came before, for line 3 of the script)\n"},
		{name: "a thread that crashes",
			script: "spawn room sh -c 'cat crash; read x'\nspawn alice sh -c 'echo gone; exit 1'\nexpect room Name\nexpect -t=200ms alice '^hello$'\n-- crash --\nException in thread Thread-3 (serve):\nTraceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nNameError: name 'nme' is not defined\n",
			want:   "expect alice: crashed: room goes on, and a part of it has ended: NameError: name 'nme' is not defined\n"},
		{name: "an empty line too many, compared by exec",
			script: "exec cat got\ncmp stdout want\n-- got --\nbob\n\n-- want --\nbob\n",
			want:   "step 1 of 1: One sentence.\n\nAn empty line too many: "},
		{name: "bytes of Python, compared",
			script: "exec cat got\ncmp stdout want\n-- got --\nb'bob'\n-- want --\nbob\n",
			want:   "decode() makes text of them"},
		{name: "the end is missing",
			script: "listen door tcp $ADDR\ndial alice tcp $ADDR\naccept door bob\nsend alice 'Host: x\\r\\nConnection: close\\r\\n'\nexpect -t=500ms bob '^Host: x\\r\\nConnection: close\\r\\n\\r\\n'\n",
			want:   "got       Connection: close\\r\\n\n                               ^ wanted \\r\\n\n"},
		{name: "another can't be run",
			script: "spawn alice http-get http://$ADDR\nspawn bob cat\nexpect -t=5s bob '^x$'\n",
			play:   script.Options{Guests: script.Guests{"http-get": {"env", "no-such-language"}}},
			want:   "expect bob: could not tell: alice is env no-such-language, which can't be run: "},
		{name: "a server that ends, and a client that complains",
			script: "spawn server sh -c 'echo $$'\nexpect server '^(?P<pid>\\d+)$'\nspawn alice sh lost.sh $pid\n" +
				"expect alice '^gone$'\nsend alice go\nexpect alice '^yes$'\nsend alice on\nexpect alice '^hello$'\n" +
				"-- lost.sh --\nwhile kill -0 $1 2>/dev/null; do :; done\necho gone\nread x\necho yes\nread x\necho lost\nexit 1\n",
			want: "expect alice: closed early: server exited 0 after TIME; then alice exited 1 after TIME: lost\n"},
		{name: "forgotten",
			script: "spawn alice sh -c 'echo ready; seq 20000'\nexited alice\nexpect alice '^ready$'\n",
			want:   "wrong bytes: 65536 bytes had come that nobody expected"},
		{name: "a server that ends",
			script: "spawn server true\nexpect server '^listening on '\n",
			want:   "expect server: never listened: server exited 0 after TIME\n"},
		{name: "a connection that ends after wrong bytes",
			script: pair + "send a hullo\neof a\nexpect b '^hello$'\n",
			want:   "expect b: wrong bytes: then b was closed by the other side\n"},
		{name: "a connection that ends",
			script: pair + "eof a\nexpect b '^hello$'\n",
			want:   "expect b: closed early: b was closed by the other side\n"},
		{name: "the test's own end", limit: 4 * time.Second, // of which three are kept for the end
			script: "spawn alice cat\nexpect -t=1m alice '^never$'\n",
			want:   "expect alice: could not tell: alice had not said it yet; waited until the test's own deadline "},
		{name: "a server that says nothing",
			script: "spawn server sh -c 'read x'\nexpect -t=200ms server '^listening on '\n",
			want:   "expect server: never listened: server runs, and listens nowhere; waited for TIME\n"},
		{name: "a server at a path that says nothing",
			script: "spawn server socksh\nsend server 's = socket AF_UNIX SOCK_STREAM'\nexpect server '^= 3$'\n" +
				"send server 'bind s name.sock'\nexpect server '^= 0$'\nsend server 'listen s'\nexpect server '^= 0$'\n" +
				"expect -t=200ms server '^listening on '\n",
			want: "expect server: hung: server listens on name.sock, as the kernel's tables show, and does not say so"},
		{name: "a queue that is full", play: script.Options{Wait: time.Second},
			script: "spawn server socksh\nsend server 's = socket AF_INET SOCK_STREAM'\nexpect server '^= 3$'\nsend server 'bind s '$ADDR\nexpect server '^= 0$'\n" +
				"send server 'listen s 0'\nexpect server '^= 0$'\ndial a tcp $ADDR\ndial b tcp $ADDR\n",
			want: "hung: neither taken nor refused: server has not accepted 1 caller, and its queue has no room for more (listen(2))\n"},
		{name: "the wrong one receives it",
			script: pair + "dial c tcp $ADDR\naccept door d\nsend a hello\nexpect -t=200ms d '^hello'\n",
			want:   "expect d: wrong bytes: b got it, and d did not; waited for TIME\n"},
		{name: "another word is said",
			script: "spawn a sh -c 'echo bye; read x'\nexpect -t=200ms a '^hello$'\n",
			want:   "expect a: wrong bytes: a said something else; waited for TIME\n"},
		{name: "another word is received",
			script: pair + "send a bye\nexpect -t=200ms b '^hello$'\n",
			want:   "expect b: wrong bytes: b received something else; waited for TIME\n"},
	}, 25) {
		t.Run(test.name, func(t *testing.T) {
			t.Cleanup(func() { skipped.Store(skipped.Load() || t.Skipped()) })
			if strings.HasSuffix(test.script, kill) {
				need.Skip(t, "linux", "grep") // looks for a process in /proc
			}
			if strings.Contains(test.want, "listens ") || strings.Contains(test.want, "its queue") {
				need.Skip(t, "linux")
			}
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "cause.txtar"), []byte("# One sentence.\n"+test.script), 0o666); err != nil {
				t.Fatal(err)
			}
			var r script.Result
			report := ""
			// What must be late is there at once where the harness had to wait for a
			// processor. That is played again.
			for range 50 {
				r = played(t, dir, "cause", test.limit, test.play)
				report = r.Text(stable)
				if !strings.HasPrefix(test.name, "late") || !strings.Contains(report, "was never reaped") {
					break
				}
			}
			if r.Failure != nil {
				tried.Store(r.Failure.Cause, true)
			}
			if !strings.Contains(report, test.want) || test.not != "" && strings.Contains(report, test.not) {
				t.Errorf("want %q, and not %q, in\n%s", test.want, test.not, report)
			}
		})
	}
}
