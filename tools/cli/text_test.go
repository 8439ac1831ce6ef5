package cli

import "testing"

func TestVisible(t *testing.T) {
	if got, want := Visible("/a\r\n\x1b[2J\x7f\u009b\u202e\xffé"), "/a␍␊␛[2J␡\uFFFD\uFFFD\uFFFDé"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
