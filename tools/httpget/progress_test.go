package httpget

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var file, screen strings.Builder
	p := &progress{to: &file, screen: &screen, next: time.Now().Add(time.Hour)}
	p.Write(make([]byte, 1<<20))
	p.end()
	if screen.Len() != 0 {
		t.Errorf("before its time: %q", screen.String())
	}
	p.next = time.Time{}
	p.Write(make([]byte, 1<<19))
	p.end()
	if want := "\r1.5 MiB\r1.5 MiB\n"; screen.String() != want {
		t.Errorf("got %q, want %q", screen.String(), want)
	}
	if file.Len() != 3<<19 {
		t.Errorf("%d bytes written, want %d", file.Len(), 3<<19)
	}
}
