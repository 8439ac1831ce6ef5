// The tests of socklab: every script is played, every lesson is checked.
package socklab_test

import (
	"os"
	"testing"

	"socklab/tools/lesson"
	"socklab/tools/script"
)

func TestMain(m *testing.M) { script.Main(m) }

func TestScripts(t *testing.T) { script.Run(t, "testdata/scripts") }

// TestLessons checks that the lessons say what the programs and scripts say.
func TestLessons(t *testing.T) {
	root := os.DirFS(".")
	check := func(name string, problems func() []lesson.Problem) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range problems() {
				t.Error(p)
			}
		})
	}
	check("README", func() []lesson.Problem { return lesson.CheckIndex(root) })
	for _, stem := range lesson.Stems(root) {
		check(stem, func() []lesson.Problem { return lesson.Check(root, stem) })
	}
}
