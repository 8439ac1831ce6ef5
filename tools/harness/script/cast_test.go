//go:build unix

package script_test

import (
	"slices"
	"testing"

	"socklab/tools/harness/script"
)

func TestCast(t *testing.T) {
	got := script.Cast([]byte(`# spawn nobody
spawn -syscalls server echo-server $ADDR
[privnet] dial -on=office 'alice' tcp $ADDR
! dial mallory tcp $ADDR
exited -t=5s alice
accept door caller
! exited server
-- file --
spawn bob socksh
`))
	want := []script.Part{{Actor: "server", First: 2, Last: 7}, {Actor: "alice", First: 3, Last: 5}, {Actor: "caller", First: 6, Last: 7}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
