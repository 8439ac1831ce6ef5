// The tests of socklab: every script is played, every lesson is checked.
package socklab_test

import (
	"testing"

	"socklab/tools/script"
)

func TestMain(m *testing.M) { script.Main(m) }

func TestScripts(t *testing.T) { script.Run(t, "testdata/scripts") }
