//go:build unix

package supervise

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// pending are the tests that have called Begin and have not ended.
var pending = struct {
	sync.Mutex
	names []string
}{}

// Begin notes a test (t is a *testing.T). If the run ends before the test does, the
// report names it.
func Begin(t interface {
	Name() string
	Cleanup(func())
}) {
	name := t.Name()
	pending.Lock()
	defer pending.Unlock()
	pending.names = append(pending.names, name)
	t.Cleanup(func() {
		pending.Lock()
		defer pending.Unlock()
		if i := slices.Index(pending.names, name); i >= 0 {
			pending.names = slices.Delete(pending.names, i, i+1)
		}
	})
}

// unfinished lists the names of the tests that have not ended.
func unfinished() string {
	pending.Lock()
	defer pending.Unlock()
	if len(pending.names) == 0 {
		return ""
	}
	slices.Sort(pending.names)
	return fmt.Sprintf("; %d had not ended:\n  %s", len(pending.names), strings.Join(pending.names, "\n  "))
}
