package page

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

var headings = regexp.MustCompile(`(?m)^## (.+)$`)

// ToRead returns a function that finds the section to read about an actor in the
// lesson of a script. The function returns for example `lessons/1.1-echo.md, "What
// happened"`, or "" if no lesson has that stem. root is the repository.
func ToRead(root fs.FS) func(stem, actor string) string {
	return func(stem, actor string) string {
		file := lessonFile(stem)
		page, err := fs.ReadFile(root, file)
		if err != nil {
			return ""
		}
		section := "What happened"
		if shown := strings.Index(string(page), "file="+stem+"/"+actor+"."); shown >= 0 {
			for _, h := range headings.FindAllSubmatchIndex(page, -1) {
				if h[0] < shown {
					section = string(page[h[2]:h[3]])
				}
			}
		}
		return fmt.Sprintf("%s, %q", file, section)
	}
}
