package page

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

const mapScript = `# Alice binds.
spawn alice socksh
send alice 'bind s '$ADDR
send bob 'what'
expect bob 'ever'
expect -t=1s alice '^= 0$'
send alice 'rebind s here'
expect alice '^= -1 EINVAL'
send alice 'bind s '$ADDR
send alice 'listen s'
expect alice '^= 0$'
`

// TestMap checks that a good row passes, and that no other does.
func TestMap(t *testing.T) {
	const link = "[3.1](3.1-bind-listen.md) "
	const good = link + "`send alice 'bind s '$ADDR` `expect -t=1s alice '^= 0$'`"
	for _, test := range []struct{ row, want string }{
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + good + " |", ""},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " |  |", "a cell links its lesson"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + link + "`send alice 'bind s '$ADDR` `expect alice '^= 1$'` |", "doesn't ask"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + link + "`send alice 'bind s '$ADDR` `expect bob 'ever'` |", "doesn't ask"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + link + "`send alice 'bind s '$ADDR` `expect alice '^= 0$'` |", "doesn't ask"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + link + "`send alice 'rebind s here'` `expect alice '^= -1 EINVAL'` |", "a call of bind"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | [3.2](3.2-no.md) `send alice 'bind s '$ADDR` `expect -t=1s alice '^= 0$'` |", "no lesson"},
		{"| `bind` | [3.1](3.1-bind-listen.md) | " + good + " | " + good + " |\n| `bind` | " + good + " | " + good + " |", "a row already"},
		{"| `bind` | – | " + good + " | " + good + " |", "is written by the reader in \"3.1\", and the row says \"–\""},
		{"| `bend` | – | " + good + " | " + good + " |", "nothing of the syllabus"},
	} {
		root := fstest.MapFS{
			"testdata/scripts/3.1-bind-listen.txtar":                {Data: []byte(mapScript)},
			"lessons/3.1-bind-listen.md":                            {Data: []byte("# 3.1\n")},
			"testdata/exercises/3.1-bind-listen/task/solution/x.py": {Data: []byte("s.bind(a)\n")},
			"lessons/README.md":                                     {Data: []byte("| what | yours | answer | failure |\n|---|---|---|---|\n" + test.row + "\n")},
		}
		var got []string
		missing := 0
		for _, p := range CheckMap(root) {
			if strings.Contains(p.Message, "has no row") {
				missing++
				continue
			}
			got = append(got, p.Message)
		}
		if test.want == "" && (len(got) > 0 || missing != len(syllabus)-1) {
			t.Errorf("%s: %q, %d rows missing; want none, %d", test.row, got, missing, len(syllabus)-1)
		}
		if test.want != "" && (len(got) != 1 || !strings.Contains(fmt.Sprint(got), test.want)) {
			t.Errorf("%s: %q; want one with %q", test.row, got, test.want)
		}
	}
}
