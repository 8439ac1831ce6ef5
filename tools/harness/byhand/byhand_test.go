//go:build unix

package byhand_test

import (
	"strings"
	"testing"

	"socklab/tools/harness/byhand"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// events reads lines such as "server out listening\n": who, what, and the text, with \n
// for a newline.
func events(lines string) (all []recording.Event) {
	for i, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		words := strings.SplitN(strings.TrimLeft(line, "\t "), " ", 3)
		e := recording.Event{At: int64(i + 1), Layer: "screen", Actor: words[0], Kind: words[1]}
		if len(words) == 3 {
			e.Text = []byte(strings.ReplaceAll(words[2], `\n`, "\n"))
		}
		all = append(all, e)
	}
	return all
}

func TestScript(t *testing.T) {
	ours := []string{"echo-server", "echo-client", "chat-server"}
	for name, test := range map[string]struct {
		events, want string
		note         string
		unready      bool
	}{
		"echo": {events: `
			server start echo-server $ADDR
			server out listening on 127.0.0.1:8000\n
			alice start echo-client $ADDR baihuixin
			server out baihuixin\n
			alice out hello baihuixin\n
			alice exit 0
			server exit 0`, want: `# Server starts echo-server.
spawn server echo-server $ADDR
expect server '^listening on '${ADDR@R}'$'

# Alice starts echo-client.
spawn alice echo-client $ADDR baihuixin
exited alice
exited server

# This is what they saw.
screen server
cmp stdout server.want
screen alice
cmp stdout alice.want
`},
		"a prompt, keys, and others": {events: `
			a start redis-cli
			a out 1\n> 
			a in it's\n
			a out one\nyes\n2\n> 
			a in \n
			a out 3\n> 
			a key ^D
			a out bye\n
			b start cat
			b in half
			b key ^C
			b exit SIGINT
			a exit 2`, want: `needs redis-cli cat
# A starts redis-cli.
spawn a redis-cli
expect a '^> '
send a 'it''s'
expect a '^> '
send a ''
expect a '^> '
eof a
expect a '^bye$'

# B starts cat.
spawn b cat
send -n b half
key b ^C
exited b INT
exited a 2

# This is what they saw.
screen a
cmp stdout a.want
screen b
cmp stdout b.want
`},
		"the same line twice": {events: `
			server start chat-server
			server out tick\ntock\ntick\ntock\n
			server in x\n`, want: `# Server starts chat-server.
spawn server chat-server
expect server '^tock\ntick\ntock$'
send server x
signal server KILL
exited server KILL

# This is what they saw.
screen server
cmp stdout server.want
`, note: "server was still running at the end"},
		"chance": {events: `
			server start chat-server
			server out 127.0.0.1:41234 came at 12:00:01\n
			server in who is 127.0.0.1:41234 at 127.0.0.1:8000\n
			server out 127.0.0.1:41234: 1.5ms ago\n
			server in \n
			server exit 0`, want: `# Server starts chat-server.
spawn server chat-server
expect server '^127\.0\.0\.1:(?P<port1>\d+) came at (?P<time2>\d\d:\d\d:\d\d(?:[.,]\d+)?)$'
send server 'who is 127.0.0.1:'${port1}' at '${ADDR}
expect server '^127\.0\.0\.1:'${port1@R}': (?P<duration3>\d+(?:\.\d+)?(?:ns|µs|us|ms|s)) ago$'
send server ''
exited server

# This is what they saw.
screen server
replace stdout '\b\d\d:\d\d:\d\d(?:[.,]\d+)?' TIME
replace stdout '\b\d+(?:\.\d+)?(?:ns|µs|us|ms|s)\b' DURATION
cmp stdout server.want
`},
		"a password": {events: `
			a start login
			a out Password: 
			a unseen
			a out \nwelcome\n
			a exit 0`, want: `needs login
# What was typed unseen, as a password, is not written down: put it here.
env UNSEEN1=
# A starts login.
spawn a login
expect a '^Password: '
send a $UNSEEN1
exited a

# This is what they saw.
screen a
cmp stdout a.want
`, unready: true},
		"nc": {events: `
			late start nc $HOST $PORT
			late exit 1
			door start nc -l $HOST $PORT
			guest start nc -N $HOST $PORT
			guest in coffee\n
			door out coffee\n
			door in here\n
			guest out here\n
			guest key ^D
			door exit 0
			guest exit 0`, want: `# Late calls, and is refused.
! dial late tcp $ADDR

# Door listens.
listen door-door tcp $ADDR

# Guest calls.
dial guest tcp $ADDR
send guest 'coffee\n'
accept door-door door
expect door '^coffee$'
send door 'here\n'
expect guest '^here$'
eof guest
exited door closed
eof door
exited guest closed

# This is what they saw.
screen door
pick stdout '^[«»] "'
cmp stdout door.want
screen guest
pick stdout '^[«»] "'
cmp stdout guest.want
`},
		"nc with more than an address": {events: `
			a start nc -v $HOST $PORT
			a exit 1`, want: `needs nc
# A starts nc.
spawn a nc -v $HOST $PORT
exited a 1

# This is what they saw.
screen a
cmp stdout a.want
`},
	} {
		got, notes, ready := byhand.Script(events(test.events), ours)
		if got != test.want || ready == test.unready || !strings.Contains(strings.Join(notes, "\n"), test.note) {
			t.Errorf("%s: ready %t, notes %q\n%s\nwant\n%s", name, ready, notes, got, test.want)
		}
		archive := got
		for _, a := range []string{"server", "alice", "a", "b", "door", "guest"} {
			if strings.Contains(got, " "+a+".want\n") {
				archive += "-- " + a + ".want --\n"
			}
		}
		for _, p := range script.Lint([]byte(archive)) {
			t.Errorf("%s: line %d: %s\n%s", name, p.Line, p.Message, got)
		}
	}
}

func TestLoosen(t *testing.T) {
	const text = "# one\nexpect a '^took 15 of 2\\.0 \\x{1b}(?P<t1>\\d\\d9(?:1))'${port1@R}' 7$'\nsend a 5\ncmp stdout a.want\n"
	got, changed := byhand.Loosen(text, 2)
	const want = "# one\nexpect a '^took \\d+ of \\d+\\.\\d+ \\x{1b}(?P<t1>\\d\\d9(?:1))'${port1@R}' \\d+$'\nsend a 5\nreplace stdout '[0-9]+' N\ncmp stdout a.want\n"
	if got != want || !changed {
		t.Errorf("got %s", got)
	}
	for _, line := range []int{0, 1, 3, 9} {
		if _, changed := byhand.Loosen(text, line); changed {
			t.Errorf("line %d is changed", line)
		}
	}
}

func TestAgree(t *testing.T) {
	const text = "screen a\ncmp stdout a.want\nscreen b\npick stdout x\ncmp stdout b.want\nscreen c\ncmp stdout c.want\n"
	play := func(a, b string) []byte {
		return []byte(text + "-- a.want --\n" + a + "\n-- b.want --\n" + b + "\n-- c.want --\nsame\n")
	}
	got, what := byhand.Agree(text, [][]byte{play("took 1", "x\ny"), play("took 22", "x\ny"), play("took 3", "y\nx")})
	const want = "screen a\nreplace stdout '[0-9]+' N\ncmp stdout a.want\n# B's screen is another in each play.\nscreen c\ncmp stdout c.want\n"
	if got != want || len(what) != 2 || !strings.HasSuffix(what[1], `not compared: line 1 is "x" or "y"`) {
		t.Errorf("%q\n%s", what, got)
	}
}
