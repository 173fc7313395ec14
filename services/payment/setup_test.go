package payment_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/payment/paymenttest"
)

// TestMain lets the property test play fewer and longer lives than rapid does by itself, because each is played on
// a real database; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "15", "rapid.steps": "50"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(embeddedtest.Main(m))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// accepted returns an accepted award of an enterprise whose account is confirmed.
func accepted(t testing.TB) *paymenttest.Award {
	t.Helper()
	a := paymenttest.Open(t).Offer(t, 1, paymenttest.AwardOre).Accept(t)
	a.Account(t, paymenttest.Numbers(0))
	a.Drive(t)
	return a
}

const half = paymenttest.AwardOre / 2
