package slug

import "testing"

func TestSlug(t *testing.T) {
	if got := Of("Two Words"); got != "two-words" {
		t.Fatalf("got %q", got)
	}
}
