//go:build !linux

package procfs

import (
	"errors"
	"os"
)

var errNoProc = errors.New("/proc is Linux's")

func Hold() error                     { return nil }
func Open(string) (*os.File, error)   { return nil, errNoProc }
func ReadFile(string) ([]byte, error) { return nil, errNoProc }
func List(string) []string            { return nil }
func Readlink(string) string          { return "" }
func Pids() []int                     { return nil }
func Descendants(int) []int           { return nil }
func Stat(string) []string            { return nil }
