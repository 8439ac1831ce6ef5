//go:build !linux

package echo

// Other systems charge what a caller has not read to the caller.
var readers ledger

type ledger struct{}

func (ledger) may(uintptr, string) error { return nil }
func (ledger) sent(uintptr, string)      {}
