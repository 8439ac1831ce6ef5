//go:build !unix

package binaries

import "errors"

// A CompileError is an error in the source of a program: what go build says.
type CompileError struct{ Output string }

func (e *CompileError) Error() string { return e.Output }

// A Set is the binaries of programs.
type Set struct {
	Paths, Sources []string
	Store          string
}

// Close does nothing.
func (d *Set) Close() {}

// Build fails.
func Build([]string, string) (*Set, error) {
	return nil, errors.New("programs are built only on Unix")
}

// Kept fails.
func Kept([]string) (*Set, error) { return Build(nil, "") }

// Calls reports nothing.
func Calls(string, string) bool { return false }

// BuildChanged fails.
func BuildChanged(root, what, program string, files map[string][]byte, temp string) (*Set, string, error) {
	_, err := Build(nil, temp)
	return nil, "", err
}
