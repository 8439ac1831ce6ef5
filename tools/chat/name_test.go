package chat

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	const (
		unseen  = "it has a control or invisible character"
		sign    = "it has one of / * : and , which mean something here"
		word    = "it is more than one word"
		strange = "it has a sign that is no letter, no digit and not of ASCII"
		mark    = "it has marks without a letter, or too many on one"
	)
	for _, tt := range []struct{ name, why string }{
		{"", "it is empty"},
		{strings.Repeat("é", 33), "it is longer than 32 characters"},
		{strings.Repeat("x", 4096), "it is longer than 32 characters"},
		{"bob\x1b[2J", unseen},
		{"bo\tb", unseen},
		{"bob\r", unseen},
		{"bo\x00b", unseen},
		{"bob\x7f", unseen},
		{"bo\u0085b", unseen},
		{"bo\u00a0b", unseen},
		{"bo\u200bb", unseen},
		{"bo\u202eb", unseen},
		{"\ufeffbob", unseen},
		{"bob\ufe0f", unseen},
		{"\u3164", unseen},
		{"bob\xff", "it isn't UTF-8"},
		{"\xe2\x82", "it isn't UTF-8"},
		{"/who", sign},
		{"* alice", sign},
		{"alice: hi", sign},
		{"bob, eve", sign},
		{"\u2800", unseen},
		{"bo\ufffdb", unseen},
		{"\U00013441", unseen},
		{"\u0301\u0301\u0301", mark},
		{"\u0301bob", mark},
		{"bo\u0301\u0301\u0301\u0301\u0301b", mark},
		{"alice left", word},
		{"alice joined", word},
		{"bob eve", word},
		{"\uff0a bob joined", word},
		{"\uff0abob", strange},
		{"bob\uff1ahi", strange},
		{"bob\ua789", strange},
		{"\u2217bob", strange},
		{strings.Repeat("é", 32), ""},
		{"李明", ""},
		{"हिन्दी", ""},
		{"O'Neil-2.x_", ""},
	} {
		why := ""
		if err := checkName(tt.name); err != nil {
			why = err.Error()
		}
		if why != tt.why {
			t.Errorf("%.40q: %q, want %q", tt.name, why, tt.why)
		}
	}
}

// TestKey: names that look the same are the same.
func TestKey(t *testing.T) {
	for _, name := range []string{"Andr\u00e9", "ANDR\u00c9", "andre\u0301", "\uff21ndr\u00e9"} {
		if key(name) != key("andr\u00e9") {
			t.Errorf("%q is another name than andr\u00e9", name)
		}
	}
}
