package exam

import (
	"path/filepath"
	"testing"
	"time"

	"socklab/tools/script"
)

// Where scripts are: those of the lessons, and those that no lesson shows.
const (
	lessons = "testdata/scripts"
	survive = "tools/exam/testdata/survive"
)

// sittings are the scripts that guests play, and the programs in them.
var sittings = []struct {
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
	{survive, "descriptors", []role{{"chat-server", "chat/server"}}},
	{survive, "signals", []role{{"echo-server", "echo/server"}}},
	{survive, "signals", []role{{"desk-server", "desk/server"}}},
	{survive, "signals", []role{{"chat-server", "chat/server"}}},
	{lessons, "6.1-refused", []role{{"echo-server", "echo/server"}, {"echo-client", "echo/client"}}},
}

// A role is a program of a script, and where its guests are.
type role struct{ program, stem string }

// absent are the guests that leave out what a script asks for, and say so.
var absent = map[string]string{
	"1.4-many-callers": "echo/server.sh",
	"signals":          "echo/server.sh",
	"4.5-crowd":        "chat/server.py",
}

// Guests plays the scripts with the programs in tools/guests: every guest
// beside our own program, and every pair of languages.
func Guests(t *testing.T, root string) {
	kitchen := newKitchen(t, root)
	for _, s := range sittings {
		t.Run(s.stem, func(t *testing.T) {
			t.Parallel()
			for _, files := range tables(t, root, s.stem, s.roles) {
				name := ""
				for i, file := range files {
					if i > 0 {
						name += "-"
					}
					name += language(file)
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					guests := script.Guests{}
					for i, file := range files {
						if file != "" {
							guests[s.roles[i].program] = kitchen.command(t, filepath.Join("tools/guests", file))
						}
					}
					deadline, _ := t.Deadline()
					script.Under(t, filepath.Join(root, s.dir), script.Play{
						Only: s.stem, Guests: guests, Deadline: deadline, Wait: 20 * time.Second,
					})
				})
			}
		})
	}
}

// tables lists who may sit together in a script: a file of tools/guests for
// each role, or "" for our own program. Not all of them ours.
func tables(t *testing.T, root, stem string, roles []role) (all [][]string) {
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
				if file != absent[stem] {
					longer = append(longer, append(before[:len(before):len(before)], file))
				}
			}
		}
		all = longer
	}
	return all[1:]
}

// language names what a file is written in, by its extension; "" is Go.
func language(file string) string {
	if file == "" {
		return "go"
	}
	return filepath.Ext(file)[1:]
}
