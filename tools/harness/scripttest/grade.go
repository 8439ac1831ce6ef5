package scripttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"socklab/tools/harness/script"
)

// A verdict on a program that -prog names counts only if a script started it.
// A grade keeps account of that, for the whole run of a test binary.
type grade struct {
	mu       sync.Mutex
	named    []string        // the programs to be judged
	started  map[string]bool // those that a script started
	plays    int             // scripts that were asked for
	reported bool            // a test has failed for what is missing
}

// run is the grade of this test binary's run.
var run = &grade{started: map[string]bool{}}

// by keeps account of a test that judges guests. Where t is all that was asked
// for, it fails for what is missing at its end; else the run does.
func (g *grade) by(t *testing.T, guests script.Guests) {
	g.named = slices.Sorted(maps.Keys(guests))
	top, _, _ := strings.Cut(testFlag("run"), "/")
	if strings.Trim(top, "^($)") == t.Name() {
		t.Cleanup(func() {
			if why := g.missing(); why != "" {
				g.reported = true
				t.Error(why)
			}
		})
	}
}

// add notes a script that was played.
func (g *grade) add(r script.Result) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.plays++
	for _, name := range r.Started {
		g.started[name] = true
	}
}

// missing says of whom a run that has come to its end says nothing; "" if
// everybody who was named was judged.
func (g *grade) missing() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	unjudged := slices.DeleteFunc(slices.Clone(g.named), func(name string) bool { return g.started[name] })
	switch {
	case len(unjudged) == 0:
		return ""
	case g.plays == 0:
		return fmt.Sprintf("could not tell: -run %q selects no script, so nobody was judged; go test -list . and the names in testdata/scripts are what there is",
			testFlag("run"))
	default:
		return fmt.Sprintf("could not tell: no script that was played starts %s, so nobody judged it; another -run selects others",
			strings.Join(unjudged, ", nor "))
	}
}

// exitCode is that of a run whose tests ended with code: 1 if a program that -prog
// names was not judged.
func (g *grade) exitCode(code int) int {
	asked := value[[]string]("prog")
	if len(asked) == 0 || testFlag("list") != "" {
		return code
	}
	guests, err := options.ParseGuests(asked)
	if err != nil {
		if code == 0 {
			fail(fmt.Sprintf("could not tell: %v", err))
		}
		return max(code, 1)
	}
	g.named = slices.Sorted(maps.Keys(guests))
	if why := g.missing(); why != "" && !g.reported {
		fail(why)
		return max(code, 1)
	}
	return code
}

// fail says why a run has failed of which no test has; its tests have said PASS.
func fail(why string) {
	mark := ""
	if testFlag("v") == "test2json" {
		mark = "\x16" // what makes a line a result for go test -json
	}
	fmt.Printf("%s\n%sFAIL\n", why, mark)
}
