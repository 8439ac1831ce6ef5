package viewer_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/viewer"
)

// TestPages opens each page in a folder that the variable PAGES names, and in the
// folders in it, as go test -artifacts leaves them. Without it, it opens its own.
// One tab shows them all, and is asked once for each: to open a tab, and to press a
// key, takes as long as to open a page.
func TestPages(t *testing.T) {
	p := newTab(t)
	p.run(chromedp.EmulateViewport(1000, 600)) // whose rows and lines are fewer
	folder := os.Getenv("PAGES")
	if folder == "" {
		folder = t.TempDir()
		sparse := long(500) // the end of one depth is far behind that of another
		sparse.Events = slices.DeleteFunc(sparse.Events, func(e recording.Event) bool { return e.Layer == "stream" && e.At > 100_000 || e.Layer == "script" })
		for name, f := range map[string]*recording.File{"failed": cable(), "passed": passed(), "sparse": sparse} {
			if err := os.Mkdir(filepath.Join(folder, name), 0o777); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(folder, name), f, viewer.Options{})
		}
	}
	pages, err := filepath.Glob(filepath.Join(folder, "*", "*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("there is no page in the folders of %s (%v)", folder, err)
	}
	for _, page := range pages {
		p.visit(page)
		for _, wrong := range ask[[]string](p, tried) {
			t.Errorf("%s: %s", page, wrong)
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d pages", len(pages))
}

// tried chooses each depth and plays to the end, in a few frames. It is what
// went wrong.
const tried = `(async () => {
	const wrong = [], find = what => Array.from(document.querySelectorAll(what));
	for (const depth of ["1", "2", "3", "4"]) {
		document.body.dispatchEvent(new KeyboardEvent("keydown", {key: depth, bubbles: true}));
		const chosen = find(".depths button").map(b => b.ariaPressed === "true" ? "1" : "0").join("");
		if (chosen.indexOf("1") + 1 !== Number(depth) || chosen.replaceAll("0", "") !== "1") wrong.push("key " + depth + " chose " + chosen);
		if (find(".row").length === 0 && find(".diagram .empty:empty").length > 0) wrong.push("depth " + depth + " shows nothing, and doesn't say why");
	}
	socklab.select(0);
	socklab.speed = (socklab.model.end - socklab.model.start) / 5e4;
	socklab.toggle();
	while (socklab.playing) await new Promise(requestAnimationFrame);
	if (socklab.now !== socklab.model.events.length - 1) wrong.push("playing ended at event " + socklab.now);
	return wrong;
})()`
