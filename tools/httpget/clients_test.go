//go:build unix

package httpget

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// serveCases answers GET /N with the Nth answer of the table, and closes.
func serveCases(t *testing.T, all []answerCase) (url string) {
	t.Helper()
	listener := listen(t)
	var callers sync.WaitGroup
	t.Cleanup(func() { listener.Close(); callers.Wait() })
	callers.Go(func() {
		for {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			callers.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(testexec.TooLong))
				in := bufio.NewReader(conn)
				first, err := in.ReadString('\n')
				for line := first; err == nil && line != "\r\n"; {
					line, err = in.ReadString('\n')
				}
				n := -1
				fmt.Sscanf(first, "GET /%d ", &n)
				if err != nil || n < 0 || n >= len(all) {
					return
				}
				io.WriteString(conn, all[n].answer)
				conn.CloseWrite()
				io.Copy(io.Discard, in)
			})
		}
	})
	return "http://" + listener.Addr().String() + "/"
}

// got is the result of an answer in a client.
type got struct {
	out  string
	exit int
}

// asker is get.py for many URLs: Python starts once, and its main asks for each.
const asker = `
import importlib.util, signal, sys
spec = importlib.util.spec_from_file_location("get", sys.argv[1])
get = importlib.util.module_from_spec(spec)
spec.loader.exec_module(get)
_, _, flag, url, folder, count, step = sys.argv
for n in range(0, int(count), int(step)):
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.argv = ["get.py"] + flag.split() + ["-o", f"{folder}/{n}", f"{url}{n}"]
    code = 0
    try:
        get.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    print(n, code, flush=True)
`

// each does the same for a program that asks once: a shell starts it for each
// URL.
const each = `
for n in $(seq 0 "$5" "$4"); do
	"$0" $1 "$2$n" >"$3/$n"
	echo "$n $?"
done
`

const unasked = -2

// step is the distance between the answers that a client asks for: every body,
// and every fifth head or whole answer.
func step(flag string) int {
	if flag == "-body" {
		return 1
	}
	return 5
}

// A judged program is another one, which asks for all of the table.
type judged struct {
	name  string
	needs []string
	ask   func(t *testing.T, flag, url string, n int) []got
}

var pair = regexp.MustCompile(`(?m)^(\d+) (\d+)$`)

// many runs cmd, which asks for every step-th of n answers, writes each to
// folder/N, and prints lines "N EXIT".
func many(t *testing.T, cmd *exec.Cmd, folder string, n, step int) []got {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	said, err := cmd.Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	all := make([]got, n)
	for i := range all {
		all[i].exit = -1
		if i%step != 0 {
			all[i].exit = unasked
		}
	}
	for _, m := range pair.FindAllStringSubmatch(string(said), -1) {
		at, _ := strconv.Atoi(m[1])
		all[at].exit, _ = strconv.Atoi(m[2])
		out, _ := os.ReadFile(filepath.Join(folder, m[1])) // none, if nothing came
		all[at].out = string(out)
	}
	for at, g := range all {
		if g.exit == -1 && cmd.ProcessState.ExitCode() <= 0 {
			t.Fatalf("%v ended with %v before answer %d: %.500s", cmd.Args[:2], err, at, &stderr)
		}
		if g.exit == -1 {
			// Sometimes curl gives up all that is left: that is its result for
			// this one.
			all[at].exit = cmd.ProcessState.ExitCode()
			return all[:at+1]
		}
	}
	return all
}

var clients = []judged{
	{"get.py", []string{"python3"}, func(t *testing.T, flag, url string, n int) []got {
		folder := t.TempDir()
		return many(t, exec.CommandContext(t.Context(), "python3", "-B", "-c", asker, "../guests/httpget/get.py", flag, url, folder,
			strconv.Itoa(n), strconv.Itoa(step(flag))), folder, n, step(flag))
	}},
	{"get.c", []string{"cc", "seq"}, func(t *testing.T, flag, url string, n int) []got {
		folder := t.TempDir()
		program := filepath.Join(folder, "http-get")
		if said, err := exec.Command("cc", "-o", program, "../guests/httpget/get.c").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return many(t, exec.CommandContext(t.Context(), "sh", "-c", each, program, flag, url, folder,
			strconv.Itoa(n-1), strconv.Itoa(step(flag))), folder, n, step(flag))
	}},
	{"curl", []string{"curl"}, func(t *testing.T, flag, url string, n int) []got {
		var all []got
		for len(all) < n {
			folder := t.TempDir()
			config := "no-progress-meter\nmax-time = 30\nwrite-out = \"%{urlnum} %{exitcode}\\n\"\n"
			for at := range n - len(all) {
				config += fmt.Sprintf("url = %s%d\noutput = %s/%d\n", url, len(all)+at, folder, at)
			}
			cmd := exec.CommandContext(t.Context(), "curl", "-q", "-K", "-")
			cmd.Stdin = strings.NewReader(config)
			all = append(all, many(t, cmd, folder, n-len(all), 1)...)
		}
		return all
	}},
}

// TestClients: our guests treat each answer of the table as the Go program does.
// So does curl, except where the table says why not.
func TestClients(t *testing.T) {
	cases := all.Of(answerCases(), 24)
	for _, client := range clients {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			need.Skip(t, client.needs...)
			url := serveCases(t, cases)
			for _, flag := range all.Of([]string{"-body", "-i", ""}, 1) {
				if client.name == "curl" && flag != "-body" {
					continue
				}
				answers := client.ask(t, flag, url, len(cases))
				if len(answers) != len(cases) {
					t.Fatalf("%d answers of %d", len(answers), len(cases))
				}
				for at, g := range answers {
					c := cases[at]
					want := got{c.body, c.exit}
					ours := outcomeOf([]byte(c.answer), nil, flag == "")
					switch flag {
					case "":
						want.out = c.answer
					case "-i":
						want.out = ours.head
						if strings.HasPrefix(ours.err, "read body") {
							want.exit = 0
						}
					}
					if g.exit == unasked {
						continue
					}
					same := g.out == want.out && g.exit == want.exit
					if client.name == "curl" {
						// An error has other numbers there, and nobody promises
						// how much of the answer is printed.
						same = (g.exit == 0) == (c.exit == 0) && (c.exit != 0 || g.out == c.body) || c.curl != ""
					}
					if !same {
						t.Errorf("%s: %s\n%.200q\n%s: %.200q, exit %d\nhttp-get: %.200q, exit %d, %s", c.rule, c.name, c.answer,
							strings.TrimSpace(client.name+" "+flag), g.out, g.exit, want.out, want.exit, ours.err)
					}
				}
			}
		})
	}
}
