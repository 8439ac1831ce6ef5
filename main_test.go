// The tests of socklab: every script is played, every lesson is checked.
package socklab_test

import (
	"io/fs"
	"os"
	"testing"

	"socklab/tools/exam"
	"socklab/tools/lesson"
	"socklab/tools/script"
)

func TestMain(m *testing.M) { script.Main(m) }

func TestScripts(t *testing.T) { script.Run(t, "testdata/scripts") }

// TestSurvive plays what no lesson shows: callers, servers and hours that are bad.
func TestSurvive(t *testing.T) { script.Run(t, "tools/exam/testdata/survive") }

// TestGuests plays the scripts with programs in other languages.
func TestGuests(t *testing.T) { exam.Guests(t, ".") }

// TestBroken plays the scripts with programs that are wrong on purpose.
func TestBroken(t *testing.T) { exam.Broken(t, ".") }

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
	check("map", func() []lesson.Problem { return lesson.CheckMap(root) })
	for _, stem := range lesson.Stems(root) {
		if script.Updating() {
			redraw(t, root, stem)
		}
		check(stem, func() []lesson.Problem { return lesson.Check(root, stem) })
	}
}

// redraw draws a lesson's diagrams anew, under -update.
func redraw(t *testing.T, root fs.FS, stem string) {
	page, changed, err := lesson.Redraw(root, stem)
	if err == nil && changed {
		err = os.WriteFile("lessons/"+stem+".md", page, 0o666)
	}
	if err != nil {
		t.Errorf("draw the diagrams of %s: %v", stem, err)
	}
}
