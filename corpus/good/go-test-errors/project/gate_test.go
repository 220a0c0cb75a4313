package gate

import (
	"errors"
	"fmt"
	"testing"
)

func TestPermissionDenied(t *testing.T) {
	err := Check("eve")
	if !errors.Is(err, ErrDenied) {
		t.Fatal(err)
	}
	fmt.Println("FAIL to open the gate:", err)
}

func TestConnectionRefusedIsRetried(t *testing.T) {
	t.Log("dial tcp 127.0.0.1:5432: connect: connection refused")
	t.Log("panic: runtime error: index out of range (recovered)")
}

func TestPanics(t *testing.T) {
	defer func() { fmt.Println("recovered:", recover()) }()
	var list []int
	fmt.Println(list[len(list)])
}

func TestChecksumMismatch(t *testing.T) {
	t.Skip("checksum mismatch is tested elsewhere")
}
