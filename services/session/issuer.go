// Package session keeps the sessions of people who use the pages. A trusted issuer says who somebody
// is; a session remembers it until it expires or is ended.
package session

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/fault"
)

// Issuer is an OpenID Connect issuer whose word on who somebody is counts.
type Issuer struct {
	// URL is the issuer's identifier, as in its tokens.
	URL string `json:"issuer"`
	// ClientID is whom its tokens must be made out to.
	ClientID string `json:"client_id"`
	// KeysURL is where its keys are; empty asks its discovery document. It is for a network in which
	// the issuer has another address inside than outside.
	KeysURL string `json:"keys_url"`
	// PersonPrefix is put before the token's subject, so that the people of two issuers never mix.
	PersonPrefix string `json:"person_prefix"`
	// RolesClaim names the claim with a list of roles; empty when the issuer knows none.
	RolesClaim string `json:"roles_claim"`
	// Roles translates what stands in the claim to roles of the contract; a value that is not in it
	// counts for nothing.
	Roles map[string]string `json:"roles"`
	// Everybody lists the roles of whoever the issuer signs in, for example ROLE_ENTREPRENEUR.
	Everybody []string `json:"everybody"`
}

// LoadIssuers reads a file with a JSON list of issuers. docs/sign-in.md describes it.
func LoadIssuers(path string) ([]Issuer, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the issuers: %w", err)
	}
	var issuers []Issuer
	if err := json.Unmarshal(content, &issuers); err != nil {
		return nil, fmt.Errorf("read the issuers in %s: %w", path, err)
	}
	for _, i := range issuers {
		if err := i.check(); err != nil {
			return nil, fmt.Errorf("read the issuers in %s: %w", path, err)
		}
	}
	return issuers, nil
}

func (i Issuer) check() error {
	if i.URL == "" || i.ClientID == "" {
		return fmt.Errorf("issuer %q: write issuer and client_id", i.URL)
	}
	for _, name := range i.Everybody {
		if _, err := role(name); err != nil {
			return fmt.Errorf("issuer %q: everybody: %w", i.URL, err)
		}
	}
	for value, name := range i.Roles {
		if _, err := role(name); err != nil {
			return fmt.Errorf("issuer %q: roles: %q: %w", i.URL, value, err)
		}
	}
	return nil
}

func role(name string) (saakornv1.Role, error) {
	r, ok := saakornv1.Role_value[name]
	if !ok || r == 0 {
		return 0, fmt.Errorf("%q is no role", name)
	}
	return saakornv1.Role(r), nil
}

// principal returns whom the claims name, with the roles that the issuer may give.
func (i Issuer) principal(c *oidc.IDTokenClaims) (access.Principal, error) {
	p := access.Principal{ID: i.PersonPrefix + c.Subject, Name: c.Name}
	if p.Name == "" {
		p.Name = c.PreferredUsername
	}
	if p.ID == access.SystemID {
		return access.Principal{}, fmt.Errorf("%q is nobody who signs in", p.ID)
	}
	names := slices.Clone(i.Everybody)
	if values, ok := c.Claims[i.RolesClaim].([]any); ok {
		for _, v := range values {
			if value, ok := v.(string); ok && i.Roles[value] != "" {
				names = append(names, i.Roles[value])
			}
		}
	}
	for _, name := range names {
		r, err := role(name)
		if err != nil {
			return access.Principal{}, err
		}
		if !slices.Contains(p.Roles, r) {
			p.Roles = append(p.Roles, r)
		}
	}
	return p, nil
}

// Issuers verifies the ID tokens of those it trusts.
type Issuers struct {
	client *http.Client

	mu      sync.Mutex
	trusted []Issuer
	keys    map[string]oidc.KeySet
}

// NewIssuers returns the issuers to trust. Their keys are fetched when they are first needed.
func NewIssuers(trusted []Issuer) *Issuers {
	return &Issuers{client: &http.Client{Timeout: 10 * time.Second}, trusted: trusted, keys: map[string]oidc.KeySet{}}
}

// Trust adds an issuer.
func (t *Issuers) Trust(i Issuer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trusted = append(t.trusted, i)
}

// refusedToken is the fault of a token that does not count, whatever the reason: the caller learns
// nothing to try again with.
func refusedToken() error {
	return fault.NewUnauthenticated("ID_TOKEN_NOT_VALID", "the identity token is not valid, or its issuer is not trusted: sign in again")
}

// verify returns whom a token names, and their e-mail address if the issuer tells it. An
// Unauthenticated fault when it does not count; an Unavailable one when the issuer cannot be asked.
func (t *Issuers) verify(ctx context.Context, token string) (p access.Principal, email string, err error) {
	issuer, err := t.issuerOf(token)
	if err != nil {
		return p, "", err
	}
	keys, err := t.keySet(ctx, issuer)
	if err != nil {
		return p, "", fault.NewUnavailable("ISSUER_AWAY", "who signs people in cannot be asked now: try again in a moment", err)
	}
	verifier := rp.NewIDTokenVerifier(issuer.URL, issuer.ClientID, keys, rp.WithIssuedAtOffset(10*time.Second),
		rp.WithSupportedSigningAlgorithms("RS256", "ES256", "PS256"))
	verifier.Nonce = nil // whoever served the sign-in held it against the nonce
	claims, err := rp.VerifyIDToken[*oidc.IDTokenClaims](ctx, token, verifier)
	if err != nil {
		return p, "", refusedToken()
	}
	if p, err = issuer.principal(claims); err != nil {
		return p, "", refusedToken()
	}
	return p, claims.Email, nil
}

// issuerOf reads who issued the token, before anything in it is believed.
func (t *Issuers) issuerOf(token string) (Issuer, error) {
	claims := &oidc.IDTokenClaims{}
	if _, err := oidc.ParseToken(token, claims); err != nil {
		return Issuer{}, refusedToken()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range t.trusted {
		if i.URL == claims.Issuer {
			return i, nil
		}
	}
	return Issuer{}, refusedToken()
}

func (t *Issuers) keySet(ctx context.Context, i Issuer) (oidc.KeySet, error) {
	t.mu.Lock()
	known, ok := t.keys[i.URL]
	t.mu.Unlock()
	if ok {
		return known, nil
	}
	address := i.KeysURL
	if address == "" {
		discovered, err := client.Discover(ctx, i.URL, t.client)
		if err != nil {
			return nil, fmt.Errorf("discover %s: %w", i.URL, err)
		}
		address = discovered.JwksURI
	}
	keys := rp.NewRemoteKeySet(t.client, address)
	t.mu.Lock()
	t.keys[i.URL] = keys
	t.mu.Unlock()
	return keys, nil
}
