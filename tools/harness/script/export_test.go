//go:build unix

package script

import "time"

// Causes are the names of the causes, in their order.
func Causes() (names []string) {
	for _, c := range causes {
		names = append(names, c.name)
	}
	return names
}

// GuardRarely has the guard look at the end of a play only, until a test has ended.
func GuardRarely(t interface{ Cleanup(func()) }) {
	before := often
	often = time.Hour
	t.Cleanup(func() { often = before })
}
