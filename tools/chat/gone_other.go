//go:build !linux

package chat

import (
	"net"
	"time"
)

// setUserTimeout does nothing: this kernel chooses by itself how long it sends
// unacknowledged data.
func setUserTimeout(*net.TCPConn, time.Duration) {}
