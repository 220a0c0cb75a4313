package queue

import (
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	time.Sleep(4 * time.Second)
}
