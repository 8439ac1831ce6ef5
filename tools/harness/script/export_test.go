//go:build unix

package script

// Causes are the names of the causes, in their order.
func Causes() (names []string) {
	for _, c := range causes {
		names = append(names, c.name)
	}
	return names
}
