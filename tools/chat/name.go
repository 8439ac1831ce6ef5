package chat

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameMax is the longest name, in runes: what a reader counts, not bytes.
const nameMax = 32

// marksMax is how many marks may stand on one letter. More of them reach into
// other lines of the screen (UTS 39, section 5.4).
const marksMax = 4

// checkName returns why a name can't be one. A name appears on everybody's
// screen beside our own words, so it must not look like them: it is one word, of
// the letters and digits of any script and the signs of ASCII. (RFC 8264 calls
// that an identifier.)
// NOTE: names that only look alike (a Cyrillic а) are different names here.
// Telling them apart takes more tables than this.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("it is empty")
	case !utf8.ValidString(name):
		return errors.New("it isn't UTF-8")
	case utf8.RuneCountInString(name) > nameMax:
		return fmt.Errorf("it is longer than %d characters", nameMax)
	case strings.ContainsFunc(name, unseen):
		return errors.New("it has a control or invisible character")
	case strings.ContainsAny(name, "/*:,"):
		return errors.New("it has one of / * : and , which mean something here")
	case strings.Contains(name, " "):
		// Else "alice left" could come, and everybody would read that she has gone.
		return errors.New("it is more than one word")
	case strings.ContainsFunc(name, strange):
		return errors.New("it has a sign that is no letter, no digit and not of ASCII")
	}
	marks := marksMax // none may stand before the first letter
	for _, r := range name {
		if !unicode.IsMark(r) {
			marks = 0
		} else if marks++; marks > marksMax {
			return errors.New("it has marks without a letter, or too many on one")
		}
	}
	return nil
}

// unseen reports whether a rune leaves nothing to be seen: controls, every
// space but the ordinary one, characters that Unicode wants ignored, and a few
// that it calls letters or symbols and draws as a blank.
func unseen(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		strings.ContainsRune("\u2800\ufffc\ufffd\U00013441\U00013442\U0001d159", r)
}

// strange reports whether a rune is no part of a word.
func strange(r rune) bool {
	return r > unicode.MaxASCII && !unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// key is the same for two names that differ only in how they are written: in
// small letters or large, in one piece or two (é), in another width or font.
func key(name string) string {
	return strings.ToLower(strings.ToUpper(norm.NFKC.String(name)))
}
