package gate

import (
	"errors"
	"fmt"
	"os"
)

// ErrDenied says that a request may not pass.
var ErrDenied = errors.New("permission denied")

// Check lets nobody through but root.
func Check(user string) error {
	if user != "root" {
		fmt.Fprintf(os.Stderr, "error: %s: %v\n", user, ErrDenied)
		return fmt.Errorf("dial tcp 10.0.0.7:443: i/o timeout: %w", ErrDenied)
	}
	return nil
}
