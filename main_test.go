// The tests of socklab: every script is played, every lesson is checked.
package socklab_test

import (
	"io/fs"
	"os"
	"testing"

	"socklab/tools/course/conformance"
	"socklab/tools/course/mutation"
	"socklab/tools/course/page"
	"socklab/tools/course/programs"
	"socklab/tools/course/proof"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, script.Options{Programs: programs.List, Lesson: page.ToRead(os.DirFS("."))})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	scripttest.RunRecorded(t, "testdata/scripts", drawn)
}

// drawn checks the diagrams of a lesson that are drawn from a play of its script.
func drawn(stem string) func(*testing.T, []recording.Event) {
	root := os.DirFS(".")
	if !need.Has("privnet") || !page.Recorded(root, stem) {
		return nil
	}
	return func(t *testing.T, events []recording.Event) {
		if scripttest.Updating() {
			text, changed, err := page.RedrawRecorded(root, stem, events)
			rewrite(t, stem, text, changed, err)
			return
		}
		for _, p := range page.CheckRecorded(root, stem, events) {
			t.Error(p)
		}
	}
}

// TestSurvive plays what no lesson shows: callers, servers and hours that are bad.
func TestSurvive(t *testing.T) {
	t.Parallel()
	if !whole() && !scripttest.Judging() {
		all.Skip(t)
	}
	scripttest.Run(t, "testdata/survive")
}

// TestScenarios plays servers that others wrote.
func TestScenarios(t *testing.T) {
	t.Parallel()
	scripttest.Run(t, "testdata/scenarios")
}

// whole reports whether a test plays all that it has, and not a choice.
func whole() bool { return all.Asked() || scripttest.Updating() }

// TestGuests plays the scripts with programs in other languages.
func TestGuests(t *testing.T) {
	t.Parallel()
	conformance.Run(t, ".", whole())
}

// TestBroken plays scripts with programs that are wrong on purpose.
func TestBroken(t *testing.T) {
	t.Parallel()
	mutation.Run(t, ".", whole())
}

// TestExercises plays all that lessons say of exercises: solutions, starting points,
// solutions with a mistake.
func TestExercises(t *testing.T) {
	t.Parallel()
	proof.Run(t, ".", whole())
}

// TestLessons checks that the lessons say what the programs and scripts say.
func TestLessons(t *testing.T) {
	root := os.DirFS(".")
	check := func(name string, problems func() []page.Problem) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range problems() {
				t.Error(p)
			}
		})
	}
	check("README", func() []page.Problem { return page.CheckIndex(root) })
	check("map", func() []page.Problem { return page.CheckMap(root) })
	for _, stem := range page.Stems(root) {
		if scripttest.Updating() {
			redraw(t, root, stem)
		}
		check(stem, func() []page.Problem { return page.Check(root, stem) })
	}
}

// redraw draws a lesson's diagrams anew, under -update.
func redraw(t *testing.T, root fs.FS, stem string) {
	text, changed, err := page.Redraw(root, stem)
	rewrite(t, stem, text, changed, err)
}

func rewrite(t *testing.T, stem string, text []byte, changed bool, err error) {
	if err == nil && changed {
		err = os.WriteFile("lessons/"+stem+".md", text, 0o666)
	}
	if err != nil {
		t.Errorf("draw the diagrams of %s: %v", stem, err)
	}
}
