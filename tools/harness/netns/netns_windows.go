// Package netns gives every script a network of its own, on Linux and macOS.
package netns

// Available reports whether networks are private in this process.
func Available() bool { return false }

// Shared reports whether -network=host forbade private networks.
func Shared() bool { return false }

// Refusal says why networks are not private, where private ones were tried.
func Refusal() error { return nil }

// HasNetem reports whether packets can be delayed.
func HasNetem() bool { return false }

// HasFirewall reports whether packets can be refused.
func HasFirewall() bool { return false }

// HasIPv6 reports whether hosts can have IPv6.
func HasIPv6() bool { return false }

// HasResolve reports whether programs can be given a name server.
func HasResolve() bool { return false }

// Apart reports whether the programs of scripts are kept apart.
func Apart() bool { return false }
