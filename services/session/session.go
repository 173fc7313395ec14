package session

import (
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// How long sessions last. They run on the wall clock, also in a rehearsal.
const (
	// idle is how long a session lives without being used.
	idle = 2 * time.Hour
	// longest is how long it lives at most: about a day at work.
	longest = 10 * time.Hour
	// step is how often a session that is in use is written to.
	step = time.Minute
	// tokenLife is how long a token is good for that a session was exchanged for. It bounds for how
	// long a session that has been ended can still do something.
	tokenLife = 3 * time.Minute
	// kept is how long a session that is over stays in the table.
	kept = 30 * 24 * time.Hour
)

// newSecret returns the credential of a new session: 130 bits of chance.
func newSecret() string { return rand.Text() }

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// expiry returns when a session used now ends by itself.
func expiry(now, endsAt time.Time) time.Time {
	if end := now.Add(idle); end.Before(endsAt) {
		return end
	}
	return endsAt
}
