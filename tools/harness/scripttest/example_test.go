//go:build unix

package scripttest_test

import (
	"flag"
	"fmt"
	"strings"
)

// A test binary whose TestMain calls Main has these flags, beside go test's own.
// Main registers all but -all, which is our tests' own, and -flaky and -testwork, which
// are package testscript's.
func ExampleRegisterFlags() {
	flag.VisitAll(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			fmt.Println("-" + f.Name)
		}
	})
	// Output:
	// -all
	// -flaky
	// -network
	// -prog
	// -record
	// -testwork
	// -update
	// -wait
	// -words
}
