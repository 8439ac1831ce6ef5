//go:build !linux

package packets

import (
	"errors"
	"time"
)

var errLinux = errors.New("packets are captured on Linux alone (AF_PACKET)")

// A Recording can't be made here.
type Recording struct{}

// Record says so.
func Record(string) (*Recording, error) { return nil, errLinux }

func (*Recording) Finish(time.Time, bool) error { return errLinux }
func (*Recording) Text(Options) string          { return "" }
func (*Recording) Stop()                        {}

func watchInterface(string, Options, string) int { return fail("capture", errLinux) }
func watchCommand([]string, Options, string) int { return fail("capture", errLinux) }
