package main

import (
	"fmt"
	"os"
)

// What plays scripts.
var (
	play    = unplayed("play")
	checks  = unplayed("check")
	watches = unplayed("watch")
	tool    = unplayed("tool")
	lint    = unplayed("lint")
	grades  = unplayed("grade")
	merges  = unplayed("merge")
	serves  = unplayed("serve")
	exams   = unplayed("exam")

	answersEditor = unplayed("lsp")
)

func unplayed(verb string) func([]string) int {
	return func([]string) int {
		fmt.Fprintf(os.Stderr, "socklab %s: scripts need Linux or macOS; WSL is a Linux\n", verb)
		return 2
	}
}

// play makes the site as it can be made here: without replays.
func (m siteMaker) play() int { return m.write() }

func dispatch() {}
