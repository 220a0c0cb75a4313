package calc

import "testing"

func TestSub(t *testing.T) {
	if got := Sub(4, 2); got != 2 {
		t.Errorf("Sub(4, 2) = %d, want 2", got)
	}
}
