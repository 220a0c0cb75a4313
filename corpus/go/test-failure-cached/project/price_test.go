package price

import "testing"

func TestPrice(t *testing.T) {
	if got := Euros(1250); got != 12 {
		t.Errorf("Euros(1250) = %d, want 12", got)
	}
}

func TestNothing(t *testing.T) {
	if got := Euros(0); got != 0 {
		t.Errorf("Euros(0) = %d", got)
	}
}
