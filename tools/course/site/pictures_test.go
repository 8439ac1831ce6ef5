package site_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"socklab/tools/harness/need"
)

// Each of README's pictures is smaller than this, in bytes.
const small = 40_000

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
				picture, err = few(picture)
			}
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

// few is a PNG with the colours alone that it has most of, which makes it small.
func few(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	much := map[color.Color]int{}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			much[full.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(much), func(a, b color.Color) int { return much[b] - much[a] })
	reduced := image.NewPaletted(full.Bounds(), most[:min(32, len(most))])
	draw.Draw(reduced, full.Bounds(), full, image.Point{}, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduced)
	return out.Bytes(), err
}
