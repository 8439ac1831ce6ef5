package httpget

import "errors"

// wakeFor fails: Winsock has no such option.
func (c *bursts) wakeFor(int) error { return errors.ErrUnsupported }
