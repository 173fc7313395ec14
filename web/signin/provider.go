package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"

	"saakorn/web/text"
)

// Provider is an issuer that people sign in with.
type Provider struct {
	// Key names the provider in addresses, for example "idporten".
	Key    string                   `json:"key"`
	Title  map[text.Language]string `json:"title"`
	Issuer string                   `json:"issuer"`
	// DiscoveryURL is where the issuer describes itself; empty means where the standard says. It is
	// for a network in which the issuer has another address inside than outside.
	DiscoveryURL string `json:"discovery_url"`
	ClientID     string `json:"client_id"`
	// ClientSecretFile holds the client's secret; empty for a public client.
	ClientSecretFile string   `json:"client_secret_file"`
	Scopes           []string `json:"scopes"`
}

// LoadProviders reads the file that the API reads as well: docs/sign-in.md describes it.
func LoadProviders(path string) ([]Provider, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the issuers: %w", err)
	}
	var providers []Provider
	if err := json.Unmarshal(content, &providers); err != nil {
		return nil, fmt.Errorf("read the issuers in %s: %w", path, err)
	}
	for _, p := range providers {
		if p.Key == "" || strings.Trim(p.Key, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || p.Issuer == "" || p.ClientID == "" {
			return nil, fmt.Errorf("read the issuers in %s: issuer %q needs a key of small letters, an issuer and a client_id", path, p.Key)
		}
		for _, l := range text.Languages() {
			if p.Title[l] == "" {
				return nil, fmt.Errorf("read the issuers in %s: issuer %q has no title in %s", path, p.Key, l)
			}
		}
	}
	return providers, nil
}

// party is a provider with what it told of itself, which is asked for when it is first needed: a
// provider that is away keeps nobody from the pages that are open to all.
type party struct {
	Provider

	redirectURI string
	cookies     *httphelper.CookieHandler
	refused     rp.Option

	mu    sync.Mutex
	known rp.RelyingParty
}

func (p *party) ask(ctx context.Context) (rp.RelyingParty, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	secret := ""
	if p.ClientSecretFile != "" {
		content, err := os.ReadFile(p.ClientSecretFile)
		if err != nil {
			return nil, fmt.Errorf("read the secret for %s: %w", p.Key, err)
		}
		secret = strings.TrimSpace(string(content))
	}
	options := []rp.Option{rp.WithPKCE(p.cookies), rp.WithVerifierOpts(rp.WithNonce(expectedNonce)), p.refused}
	if p.DiscoveryURL != "" {
		options = append(options, rp.WithCustomDiscoveryUrl(p.DiscoveryURL))
	}
	scopes := p.Scopes
	if len(scopes) == 0 {
		scopes = []string{"openid", "profile"}
	}
	known, err := rp.NewRelyingPartyOIDC(ctx, p.Issuer, p.ClientID, secret, p.redirectURI, scopes, options...)
	if err != nil {
		return nil, fmt.Errorf("ask %s about itself: %w", p.Key, err)
	}
	p.known = known
	return known, nil
}
