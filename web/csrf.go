package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
)

// csrfToken returns what goes into forms: a sum over the session's secret, which nobody else can make,
// under a mask that is new every time, so that the compression of the page gives nothing of it away.
func csrfToken(secret string) string {
	if secret == "" {
		return ""
	}
	sum := csrfSum(secret)
	mask := make([]byte, len(sum))
	_, _ = rand.Read(mask) // never fails
	return base64.RawURLEncoding.EncodeToString(slices.Concat(mask, xor(mask, sum)))
}

// csrfValid tells whether the token was given to a form in the session with the secret.
func csrfValid(secret, token string) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || secret == "" || len(decoded) != 2*sha256.Size {
		return false
	}
	mask, masked := decoded[:sha256.Size], decoded[sha256.Size:]
	return subtle.ConstantTimeCompare(xor(mask, masked), csrfSum(secret)) == 1
}

func csrfSum(secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("saakorn form"))
	return mac.Sum(nil)
}

func xor(a, b []byte) []byte {
	out := make([]byte, len(a))
	subtle.XORBytes(out, a, b)
	return out
}
