package calc

import "testing"

func TestAdd(t *testing.T) {
	if got := Add(2, 2); got != 5 {
		t.Errorf("Add(2, 2) = %d, want 5", got)
	}
}

func TestPermissionDenied(t *testing.T) {
	t.Log("a name that is no failure")
}
