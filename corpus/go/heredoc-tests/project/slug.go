package slug

import "strings"

// Of makes a title fit for an address.
func Of(title string) string {
	return strings.ReplaceAll(strings.ToLower(title), " ", "_")
}
