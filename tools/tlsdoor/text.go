package tlsdoor

import "errors"

// cause returns the innermost reason of an error of package net, in the
// kernel's own words: "connection refused" instead of the whole chain.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
