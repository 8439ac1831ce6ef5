//go:build asciinema

package export

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPlayer plays an asciicast with asciinema's own player, whose bundle the
// variable ASCIINEMA_PLAYER names, in chromium. .ci/run exports fetches it.
func TestPlayer(t *testing.T) {
	bundle, err := os.ReadFile(os.Getenv("ASCIINEMA_PLAYER"))
	if err != nil {
		t.Fatal("ASCIINEMA_PLAYER: want asciinema-player.min.js:", err)
	}
	var cast strings.Builder
	if err := Asciicast(&cast, film, "bob"); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(cast.String())
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	text := fmt.Sprintf(`<!doctype html><meta charset="utf-8"><div id="player"></div><script>%s</script><script>
		const said = [], played = new Promise(done => {
			const player = AsciinemaPlayer.create({data: %s}, document.getElementById("player"), {autoPlay: true});
			for (const kind of ["input", "marker"]) player.addEventListener(kind, e => said.push(kind + " " + (e.data ?? e.label)));
			player.addEventListener("error", e => done("error " + e.message));
			player.addEventListener("ended", () => done("ended"));
		});
	</script>`, bundle, data)
	if err := os.WriteFile(page, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"))...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+page)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ expression, want string }{
		{"played", "ended"},
		{`said.join("|")`, "marker The cable is out.|input one\n|input \x03"},
		// The screen is drawn at the next frame.
		{`new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(() => shown(document.querySelector(".ap-term").innerText.replace(/\s+/g, " ")))))`, "one café \uFFFD ^C "},
	} {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](test.expression, chromedp.EvalAwaitPromise))
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.expression, got, err, test.want)
		}
	}
}
