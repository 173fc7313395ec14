package embeddedtest

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"saakorn/deploy/embedded"
)

// Temporal returns the address (host:port) of a Temporal server, which lets workflows skip time. It is
// shared with other tests, so a test uses a namespace from Namespace or task queues of its own.
func Temporal(t testing.TB) string {
	t.Helper()
	address, err := binary.temporal()
	if err != nil {
		t.Fatalf("start Temporal for tests: %v", err)
	}
	return address
}

// Namespace registers a namespace that no other test uses and returns its name when workflows can be
// started in it.
func Namespace(t testing.TB) string {
	t.Helper()
	name := "test-" + strings.ToLower(rand.Text()[:12])
	if err := embedded.RegisterNamespace(t.Context(), Temporal(t), name, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	return name
}
