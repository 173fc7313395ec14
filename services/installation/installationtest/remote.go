package installationtest

import "testing"

// Connect returns the clients of an installation that runs in another process, or under another
// roof, and answers at the address of its gRPC server. It has no Installation, so what reads its
// clock is not for it.
func Connect(t testing.TB, address string) *API {
	t.Helper()
	a := &API{Address: address, t: t, tokens: map[string]string{}, entered: map[visit]bool{}}
	a.connect()
	return a
}
