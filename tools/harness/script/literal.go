//go:build unix

package script

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"

	"socklab/tools/harness/actor"
)

// meanings are what characters mean in a pattern.
var meanings = map[byte]string{
	'$': "$ is the end of a line", '^': "^ is the beginning of a line",
	'(': "( begins a group", ')': ") ends a group",
	'[': "[ begins a choice of characters", ']': "] ends a choice of characters",
	'{': "{ says how often", '}': "} ends a count",
	'*': "* repeats what is before it", '+': "+ repeats what is before it", '?': "? makes what is before it optional",
	'|': "| stands between alternatives", '\\': `\ gives what is behind it another meaning`,
}

// meant names a character that a pattern uses with its special meaning, and that the
// line has as it stands; "" if the line does not contain the pattern literally.
func meant(p *actor.Pattern, line string) string {
	if p.Literal() {
		return ""
	}
	whole := p.String()
	inner := strings.TrimPrefix(whole, "^")
	for _, text := range []string{whole, inner, strings.TrimSuffix(whole, "$"), strings.TrimSuffix(inner, "$")} {
		if at := strings.IndexAny(text, "$^()[]{}*+?|\\"); at >= 0 && strings.Contains(line, text) {
			return fmt.Sprintf("%s in a pattern: \\%c is the character itself, and expect -q takes all literally", meanings[text[at]], text[at])
		}
	}
	return ""
}

// ofSyntax says what to try with a text that is no pattern.
func ofSyntax(err error) string {
	if wrong := (*syntax.Error)(nil); errors.As(err, &wrong) {
		return "; expect -q takes a text literally"
	}
	return ""
}

// coloured says that a line matches once its ANSI sequences are left out; "" if not.
func coloured(p *actor.Pattern, line string) string {
	if !p.In([]byte(line)) && p.Plain().In([]byte(line)) {
		return `it is there but for what begins with \x1b (ANSI sequences, as for colours): expect -plain leaves that out`
	}
	return ""
}
