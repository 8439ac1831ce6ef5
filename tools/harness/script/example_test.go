//go:build unix

package script_test

import (
	"context"
	"fmt"
	"testing/fstest"
	"time"

	"socklab/tools/harness/script"
)

// A script can lie in any file system: a folder, an embedded one, a map.
func ExampleRun() {
	scripts := fstest.MapFS{"echo.txtar": {Data: []byte(`
# What is typed comes back.
spawn cat cat
send cat hello
expect cat '^hello$'
eof cat
exited cat
`)}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	result, err := script.Run(ctx, scripts, "echo.txtar", script.Options{})
	fmt.Println(result.Verdict, err)
	// Output: passed <nil>
}

// A failure is no error: the result has the reason in a line, and a report.
func ExampleRun_failure() {
	scripts := fstest.MapFS{"echo.txtar": {Data: []byte(`# One word is said.
spawn alice echo hullo
expect alice '^hello$'
`)}}
	result, err := script.Run(context.Background(), scripts, "echo.txtar", script.Options{})
	fmt.Println(result.Verdict, err)
	fmt.Println(result.Failure.Headline(script.View{NoChance: true}))
	// Output:
	// failed <nil>
	// echo.txtar:3: expect alice: wrong bytes: alice exited 0 after TIME
}
