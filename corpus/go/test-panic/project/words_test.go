package words

import "testing"

func TestCount(t *testing.T) {
	if got := Count("tea"); got != 1 {
		t.Errorf("got %d", got)
	}
}
