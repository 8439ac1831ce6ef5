package examples_test

import (
	"os"
	"testing"

	"socklab/tools/harness/need"
)

func TestMain(m *testing.M) {
	os.Setenv("TMPDIR", need.ShortTemp())
	os.Exit(m.Run())
}
