package site_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"socklab/tools/harness/need"
)

// Each of README's pictures is smaller than this, in bytes.
const small = 100_000

// TestPictures looks at README's pictures. Where the variable SITE names a site that
// socklab site has made, it takes them anew:
//
//	go tool socklab site -o /tmp/site
//	SITE=/tmp/site go test ./tools/course/site -run TestPictures
func TestPictures(t *testing.T) {
	if made := os.Getenv("SITE"); made != "" {
		need.Skip(t, "chromium")
		p := open(t, made)
		take := func(name, page, prepare string) {
			p.visit(page)
			ask[bool](p, prepare+`, new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
			picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			if err == nil {
				err = os.WriteFile(filepath.Join("pictures", name), picture, 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}})
		p.run(chromedp.EmulateViewport(1000, 560))
		take("lesson.png", "1.1-echo.html", `document.querySelector(".film").scrollIntoView({block: "center", behavior: "instant"})`)
		take("replay.png", "replay-1.4-many-callers.html", `socklab.select(Math.floor(socklab.model.events.length * 0.6))`)
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := filepath.Glob("pictures/*")
	if err != nil || len(pictures) != 2 {
		t.Fatalf("README has two pictures, got %v (%v)", pictures, err)
	}
	about := string(pages(t)["about.html"])
	for _, name := range pictures {
		picture, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.DecodeConfig(bytes.NewReader(picture)); err != nil || len(picture) > small {
			t.Errorf("%s: want a PNG of %d bytes at most, got %d bytes, %v", name, small, len(picture), err)
		}
		if !strings.Contains(string(readme), "(tools/course/site/"+name+")") {
			t.Errorf("README does not show %s", name)
		}
	}
	if shown := strings.Count(about, `<img src="data:image/png;base64,`); shown != len(pictures) {
		t.Errorf("the site's about.html shows %d pictures, want %d", shown, len(pictures))
	}
}
