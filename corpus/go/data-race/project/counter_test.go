package counter

import (
	"sync"
	"testing"
)

func TestAdd(t *testing.T) {
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			Add(1)
		}()
	}
	group.Wait()
}
