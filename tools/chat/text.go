package chat

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameMax is the longest name, in runes: what a reader counts, not bytes.
const nameMax = 32

// checkName returns why a name can't be one. A name appears on everybody's
// screen beside our own words, so it must not look like them.
// NOTE: names that only look alike (a Cyrillic а, an é in two pieces) are
// different names here. Telling them apart takes more tables than this.
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
	}
	return nil
}

// unseen reports whether a rune leaves nothing to be seen: controls, every
// space but the ordinary one, and characters that Unicode wants ignored.
func unseen(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// visible returns what came from the network in a form that is safe to print:
// control characters as their pictures, what can't be seen as U+FFFD.
func visible(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		}
		return r
	}, string(b))
}

// cause returns the innermost reason of an error of package net.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
