// Package all is the flag -all of our tests. With it, as in CI, they play all that they
// have. Without it go test ./... has to be done while somebody waits: of many things of
// one kind it plays some. It is for tests alone, as it registers its flag when imported:
//
//	go test ./tools/cmd/socklab -all
package all

import (
	"flag"
	"strings"
	"testing"
)

var asked = flag.Bool("all", false, "play all: every pair of languages, broken program and exercise, and what takes long; -run with a slash does, too")

// Asked reports whether to play all: with -all, and where -run names one of many.
func Asked() bool {
	return *asked || strings.Contains(flag.Lookup("test.run").Value.String(), "/")
}

// Skip skips a test that takes long, unless all are asked for.
func Skip(t testing.TB) {
	t.Helper()
	if !Asked() {
		t.Skip("takes long; -all plays it")
	}
}

// Times is how often to do something: n times if all are asked for, or else few.
func Times(n, few int) int {
	if Asked() {
		return n
	}
	return few
}

// Of is cases if all are asked for, or else the first n.
func Of[Case any](cases []Case, n int) []Case {
	if Asked() {
		return cases
	}
	return cases[:min(n, len(cases))]
}
