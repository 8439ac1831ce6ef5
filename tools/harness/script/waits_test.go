//go:build unix

package script

import (
	"testing"
	"time"
)

// A script that says -t=30s knows that its programs have much to do. Its wait isn't
// cut after the work of a wait that says nothing.
func TestWorkLimit(t *testing.T) {
	for _, test := range []struct {
		wait      time.Duration
		byDefault bool
		want      time.Duration
	}{
		{10 * time.Second, true, cpuLimit},
		{30 * time.Second, false, 30 * time.Second},
		{time.Second, false, cpuLimit},
	} {
		_, w := (&waits{}).deadlineFor(test.wait, test.byDefault)
		if got := w.workLimit(); got != test.want {
			t.Errorf("wait %s, by default %v: expected a limit of %s, got %s", test.wait, test.byDefault, test.want, got)
		}
	}
}
