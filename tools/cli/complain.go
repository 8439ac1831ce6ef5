package cli

import (
	"log"
	"sync/atomic"
)

// complaints counts the complaints about callers.
var complaints atomic.Int64

// shownMax is how many of them are logged one by one.
const shownMax = 10

// Complain logs what went wrong with a caller: the first ten times, and then
// each time the number of complaints has doubled. A storm of them buries
// nothing else.
func Complain(format string, args ...any) {
	switch n := complaints.Add(1); {
	case n <= shownMax:
		log.Printf(format, args...)
	case n&(n-1) == 0:
		log.Printf(format+" (complaint %d; not all are shown)", append(args, n)...)
	}
}

// SumUp logs at the end how many complaints there were, if not all were shown.
func SumUp() {
	if n := complaints.Load(); n > shownMax {
		log.Printf("%d complaints about callers in all", n)
	}
}
