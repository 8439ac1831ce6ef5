//go:build !linux

package privnet

import (
	"errors"
	"os"
)

var errNoNamespaces = errors.New("network namespaces are Linux's")

func inside() bool               { return false }
func furnish() error             { return errNoNamespaces }
func runInside() (int, error)    { return 0, errNoNamespaces }
func joinPrivate() (*Net, error) { return nil, errNoNamespaces }
func enter(*os.File) error       { return errNoNamespaces }
