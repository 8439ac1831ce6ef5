// Package conformance tests the guests, which are our programs in other languages.
// Each must pass the scripts of the program that it replaces, beside our own
// programs and beside guests in other languages.
package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"socklab/tools/course/builder"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

// Folders of scripts: those of the lessons, and those without a lesson.
const (
	lessons = "testdata/scripts"
	survive = "testdata/survive"
)

// matrix lists the scripts that guests take part in, and their roles in each.
var matrix = []struct {
	dir, stem string
	roles     []role
}{
	{lessons, "1.1-echo", []role{{"echo-server", "echo/server"}, {"echo-client", "echo/client"}}},
	{lessons, "1.4-many-callers", []role{{"echo-server", "echo/server"}, {"echo-client", "echo/client"}}},
	{lessons, "4.1-desk", []role{{"desk-server", "desk/server"}, {"desk-client", "desk/client"}}},
	{lessons, "4.2-glued", []role{{"desk-server", "desk/server"}, {"chat-server", "chat/server"}}},
	{lessons, "4.3-room", []role{{"chat-server", "chat/server"}, {"chat-client", "chat/client"}}},
	{lessons, "4.5-crowd", []role{{"chat-server", "chat/server"}}},
	{lessons, "5.1-http-get", []role{{"http-get", "httpget/get"}}},
	{lessons, "5.2-bodies", []role{{"http-get", "httpget/get"}}},
	{lessons, "5.3-real-servers", []role{{"http-get", "httpget/get"}}},
	{lessons, "5.6-through-others", []role{{"http-proxy", "httpproxy/proxy"}}},
	{lessons, "5.7-upgrade", []role{{"ws-door", "wsdoor/door"}}},
	{survive, "through-others", []role{{"http-proxy", "httpproxy/proxy"}}},
	{survive, "answers-end", []role{{"http-get", "httpget/get"}}},
	{survive, "pieces", []role{{"echo-client", "echo/client"}}},
	{survive, "descriptors", []role{{"chat-server", "chat/server"}}},
	{survive, "addresses", []role{{"echo-server", "echo/server"}}},
	{survive, "addresses", []role{{"desk-server", "desk/server"}}},
	{survive, "addresses", []role{{"chat-server", "chat/server"}}},
	{survive, "unwritten", []role{{"echo-server", "echo/server"}, {"echo-client", "echo/client"}}},
	{survive, "unwritten", []role{{"desk-server", "desk/server"}, {"desk-client", "desk/client"}}},
	{survive, "unwritten", []role{{"chat-server", "chat/server"}, {"chat-client", "chat/client"}}},
	{survive, "accept-fails", []role{{"echo-server", "echo/server"}}},
	{survive, "accept-fails", []role{{"desk-server", "desk/server"}}},
	{survive, "accept-fails", []role{{"chat-server", "chat/server"}}},
	{survive, "storm", []role{{"echo-server", "echo/server"}}},
	{survive, "storm", []role{{"desk-server", "desk/server"}}},
	{survive, "half-close", []role{{"desk-server", "desk/server"}}},
	{survive, "names", []role{{"chat-server", "chat/server"}}},
	{survive, "lines", []role{{"chat-server", "chat/server"}}},
	{survive, "last-words", []role{{"chat-server", "chat/server"}}},
	{survive, "same-order", []role{{"chat-server", "chat/server"}}},
	{survive, "closing", []role{{"chat-server", "chat/server"}}},
	{survive, "lost-server", []role{{"chat-client", "chat/client"}}},
	{survive, "signals", []role{{"echo-server", "echo/server"}}},
	{survive, "signals", []role{{"desk-server", "desk/server"}}},
	{survive, "signals", []role{{"chat-server", "chat/server"}}},
	{lessons, "6.1-refused", []role{{"echo-client", "echo/client"}}},
}

// A role is a program in a script, and the stem of its guests.
type role struct{ program, stem string }

// absent lists the guests that lack a feature of a script, and say so.
var absent = map[string][]string{
	"1.4-many-callers": {"echo/server.sh"},
	"addresses":        {"echo/server.sh"},
	"accept-fails":     {"echo/server.sh", "echo/server.js"}, // Node hangs up on callers that it can't accept
	"signals":          {"echo/server.sh"},
	"storm":            {"echo/server.sh"},
	"unwritten":        {"echo/server.sh"},
	"4.5-crowd":        {"chat/server.py"},
}

// Run runs the scripts with the programs in tools/guests, in the repository at root.
// Every guest plays the first script of its program, beside our own; in the first script
// of two programs, each language also plays once beside the next. If all is set, every
// pair of languages plays every script. The words differ from run to run.
func Run(t *testing.T, root string, all bool) {
	b := builder.New(t, root)
	words, err := scripttest.Words("random")
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{} // programs, and pairs of them by both names
	for _, s := range matrix {
		var both string
		first := map[string]bool{}
		for _, r := range s.roles {
			both += r.program + " "
			first[r.stem] = !met[r.program]
			met[r.program] = true
		}
		ring := !met[both]
		met[both] = true
		t.Run(s.stem, func(t *testing.T) {
			t.Parallel()
			for _, files := range combinations(t, root, s.stem, s.roles) {
				if !all && !chosen(root, s.roles, files, first, ring) {
					continue
				}
				name := ""
				for i, file := range files {
					if i > 0 {
						name += "-"
					}
					name += language(file)
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					play := filepath.Join(root, s.dir, s.stem+".txtar")
					builder.SkipScript(t, play)
					o := scripttest.Options()
					o.Guests, o.Words, o.Wait = script.Guests{}, words, 20*time.Second
					for i, file := range files {
						if file != "" {
							o.Guests[s.roles[i].program] = b.Command(t, filepath.Join("tools/guests", file))
						}
					}
					scripttest.Play(t, play, o)
				})
			}
		})
	}
}

// combinations lists the programs that play a script together: for each role a file
// of tools/guests, or "" for our own program. Not all are ours.
func combinations(t *testing.T, root, stem string, roles []role) (all [][]string) {
	all = [][]string{nil}
	for _, r := range roles {
		files, err := filepath.Glob(filepath.Join(root, "tools/guests", r.stem+".*"))
		if err != nil {
			t.Fatal(err)
		}
		var longer [][]string
		for _, before := range all {
			longer = append(longer, append(before[:len(before):len(before)], ""))
			for _, file := range files {
				file = filepath.Join(filepath.Dir(r.stem), filepath.Base(file))
				if !slices.Contains(absent[stem], file) {
					longer = append(longer, append(before[:len(before):len(before)], file))
				}
			}
		}
		all = longer
	}
	return all[1:]
}

// chosen reports whether programs play together in a short run: a guest beside ours, in
// the first script of its program, and neighbours in the ring.
func chosen(root string, roles []role, files []string, first map[string]bool, ring bool) bool {
	if len(files) == 2 && files[0] != "" && files[1] != "" {
		return ring && neighbours(root, roles, files)
	}
	for i, file := range files {
		if file != "" {
			return first[roles[i].stem]
		}
	}
	return false
}

// neighbours reports whether the second guest's language follows the first's. The
// order is a ring of the languages that have guests for both roles.
func neighbours(root string, roles []role, files []string) bool {
	var ring []string
	matches, _ := filepath.Glob(filepath.Join(root, "tools/guests", roles[0].stem+".*"))
	for _, file := range matches {
		other := filepath.Join(root, "tools/guests", roles[1].stem+filepath.Ext(file))
		if _, err := os.Stat(other); err == nil {
			ring = append(ring, language(file))
		}
	}
	first, second := slices.Index(ring, language(files[0])), slices.Index(ring, language(files[1]))
	if first < 0 || second < 0 {
		return true // a language with a guest for one role only
	}
	return second == (first+1)%len(ring)
}

// language is the language of a file, by its extension; "" is Go.
func language(file string) string {
	if file == "" {
		return "go"
	}
	return filepath.Ext(file)[1:]
}
