package access

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// issuer names Såkorn's own tokens, so that a token from elsewhere signed with the same key is refused.
const issuer = "saakorn"

type claims struct {
	jwt.RegisteredClaims
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// maxVerified is how many verified tokens are remembered.
const maxVerified = 10_000

// Tokens signs and verifies bearer tokens with one Ed25519 key.
type Tokens struct {
	key ed25519.PrivateKey

	// verified remembers whose token has been verified and until when it is good: the same one comes
	// with every call of a session, and verifying a signature is dear.
	guard    sync.Mutex
	verified map[string]bearer
}

type bearer struct {
	Principal

	expires time.Time
}

// NewTokens returns tokens signed with the key.
func NewTokens(key ed25519.PrivateKey) *Tokens {
	return &Tokens{key: key, verified: map[string]bearer{}}
}

// Issue signs a token that says who its bearer is until it expires.
func (t *Tokens) Issue(p Principal, now, expires time.Time) (string, error) {
	roles := make([]string, 0, len(p.Roles))
	for _, r := range p.Roles {
		roles = append(roles, r.String())
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: p.ID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Name: p.Name, Roles: roles,
	})
	signed, err := token.SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Verify returns who the bearer of the token is. It fails on a wrong signature, another issuer, an
// unknown role, or a token that has expired, and on one that names nobody or the system itself.
func (t *Tokens) Verify(token string, now time.Time) (Principal, error) {
	if b, known := t.recall(token); known && now.Before(b.expires) {
		return b.Principal, nil
	}
	b, err := t.verify(token, now)
	if err != nil {
		return Principal{}, fmt.Errorf("verify a token: %w", err)
	}
	t.remember(token, b)
	return b.Principal, nil
}

func (t *Tokens) recall(token string) (bearer, bool) {
	t.guard.Lock()
	defer t.guard.Unlock()
	b, known := t.verified[token]
	return b, known
}

// remember forgets all others when there are too many: most of those have expired.
func (t *Tokens) remember(token string, b bearer) {
	t.guard.Lock()
	defer t.guard.Unlock()
	if len(t.verified) >= maxVerified {
		clear(t.verified)
	}
	t.verified[token] = b
}

func (t *Tokens) verify(token string, now time.Time) (bearer, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key.Public(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return bearer{}, err
	}
	if c.Subject == "" || c.Subject == SystemID {
		return bearer{}, fmt.Errorf("%q is nobody who signs in", c.Subject)
	}
	b := bearer{Principal{ID: c.Subject, Name: c.Name}, c.ExpiresAt.Time}
	for _, name := range c.Roles {
		role, ok := saakornv1.Role_value[name]
		if !ok {
			return bearer{}, fmt.Errorf("unknown role %q", strings.ToValidUTF8(name, "?"))
		}
		b.Roles = append(b.Roles, saakornv1.Role(role))
	}
	return b, nil
}
