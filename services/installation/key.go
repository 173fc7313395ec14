package installation

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// loadKey reads the key that tokens are signed with. A development installation makes one when the
// file is not there; without a file it has one for as long as it runs.
func loadKey(path string, makeMissing bool) (ed25519.PrivateKey, error) {
	if path == "" {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && makeMissing {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the token key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read the token key: %s is no PEM file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the token key: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the token key: %s holds a %T, not an Ed25519 key", path, parsed)
	}
	return key, nil
}

func makeKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a token key: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make a token key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("keep the token key: %w", err)
	}
	return key, nil
}

// shortestSecret is the least length of the key that birth dates are kept under, in bytes.
const shortestSecret = 32

// birthDateKey reads the key that birth dates of staff are kept under. Without a file there is none,
// but in development, where the staff are made up, a known one.
func birthDateKey(path string, development bool) ([]byte, error) {
	if path == "" {
		if development {
			return []byte("birth dates of people who do not exist"), nil
		}
		return nil, nil
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key for birth dates: %w", err)
	}
	if len(key) < shortestSecret {
		return nil, fmt.Errorf("read the key for birth dates: %s holds %d bytes, and at least %d are needed", path, len(key), shortestSecret)
	}
	return key, nil
}
