//go:build !linux

package privnet

import "errors"

var errNoNamespaces = errors.New("network namespaces are Linux's")

func inside() bool               { return false }
func settle() error              { return errNoNamespaces }
func runInside() (int, error)    { return 0, errNoNamespaces }
func joinPrivate() (*Net, error) { return nil, errNoNamespaces }

// Pids lists the processes on a private network; there is none here.
func (n *Net) Pids() []int { return nil }
