package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Config is what signing in needs.
type Config struct {
	// PublicURL is the address of the pages, for example https://saakorn.example.
	PublicURL string
	Providers []Provider
	// Key protects sign-ins under way; every program that serves the same pages has the same.
	Key      [32]byte
	Sessions saakornv1.SessionServiceClient
	Cookies  Cookies
	// ShowChoice writes the page on which one chooses whom to sign in with.
	ShowChoice func(w http.ResponseWriter, r *http.Request, back string)
	// ShowFailure writes the page for a sign-in that did not work.
	ShowFailure func(w http.ResponseWriter, r *http.Request, err error)
}

// Flow answers the addresses of signing in and out.
type Flow struct {
	config  Config
	parties []*party
	mux     *http.ServeMux
}

// RedirectURI returns where the provider with the key sends people back to.
func RedirectURI(publicURL, key string) string {
	return strings.TrimSuffix(publicURL, "/") + "/sign-in/" + key + "/callback"
}

// New returns the flow.
func New(c Config) *Flow {
	f := &Flow{config: c, mux: http.NewServeMux()}
	options := []httphelper.CookieHandlerOpt{
		httphelper.WithSameSite(http.SameSiteLaxMode), httphelper.WithMaxAge(15 * 60), httphelper.WithPath("/sign-in"),
	}
	if !c.Cookies.Secure {
		options = append(options, httphelper.WithUnsecure())
	}
	hashKey := sha256.Sum256(append([]byte("hash"), c.Key[:]...))
	encryptionKey := sha256.Sum256(append([]byte("encrypt"), c.Key[:]...))
	cookies := httphelper.NewCookieHandler(hashKey[:], encryptionKey[:], options...)
	for _, p := range c.Providers {
		f.parties = append(f.parties, &party{
			Provider: p, redirectURI: RedirectURI(c.PublicURL, p.Key), cookies: cookies,
			refused: rp.WithUnauthorizedHandler(func(w http.ResponseWriter, r *http.Request, description, _ string) {
				c.ShowFailure(w, r, errors.New(description))
			}),
		})
	}
	f.mux.HandleFunc("GET /sign-in", f.choose)
	f.mux.HandleFunc("GET /sign-in/{key}", f.begin)
	f.mux.HandleFunc("GET /sign-in/{key}/callback", f.end)
	return f
}

// ServeHTTP answers /sign-in and what is below.
func (f *Flow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The secrets of a sign-in under way belong to the address that the provider comes back to.
	if public, err := url.Parse(f.config.PublicURL); err == nil && r.Host != public.Host {
		http.Redirect(w, r, f.config.PublicURL+r.URL.RequestURI(), http.StatusSeeOther) //nolint:gosec // to our own address
		return
	}
	f.mux.ServeHTTP(w, r)
}

// choose goes on to the provider when there is one only.
func (f *Flow) choose(w http.ResponseWriter, r *http.Request) {
	back := LocalPath(r.FormValue("back"))
	if len(f.parties) == 1 {
		http.Redirect(w, r, "/sign-in/"+f.parties[0].Key+"?"+url.Values{"back": {back}}.Encode(), http.StatusSeeOther)
		return
	}
	f.config.ShowChoice(w, r, back)
}

func (f *Flow) party(r *http.Request) (*party, bool) {
	i := slices.IndexFunc(f.parties, func(p *party) bool { return p.Key == r.PathValue("key") })
	if i < 0 {
		return nil, false
	}
	return f.parties[i], true
}

func (f *Flow) begin(w http.ResponseWriter, r *http.Request) {
	p, ok := f.party(r)
	if !ok {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	relying, err := p.ask(r.Context())
	if err != nil {
		f.config.ShowFailure(w, r, err)
		return
	}
	// The state says where to go afterwards as well; the cookie beside it makes it unforgeable.
	state := rand.Text() + "." + base64.RawURLEncoding.EncodeToString([]byte(LocalPath(r.FormValue("back"))))
	rp.AuthURLHandler(func() string { return state }, relying, rp.WithURLParam("nonce", nonce(state)))(w, r)
}

// nonce ties the ID token to the sign-in under way.
func nonce(state string) string {
	sum := sha256.Sum256([]byte("nonce " + state))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (f *Flow) end(w http.ResponseWriter, r *http.Request) {
	p, ok := f.party(r)
	if !ok {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	relying, err := p.ask(r.Context())
	if err != nil {
		f.config.ShowFailure(w, r, err)
		return
	}
	// The state is held against its cookie before the nonce counts.
	r = r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce(r.FormValue("state"))))
	rp.CodeExchangeHandler(f.signedIn, relying)(w, r)
}

type nonceKey struct{}

// expectedNonce returns what must stand in the ID token of the sign-in under way.
func expectedNonce(ctx context.Context) string {
	expected, _ := ctx.Value(nonceKey{}).(string)
	return expected
}

// signedIn exchanges the ID token for a session. The session that the browser had is ended, so that
// nobody goes on with a secret that somebody else put there.
func (f *Flow) signedIn(w http.ResponseWriter, r *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], state string, _ rp.RelyingParty) {
	if old := f.config.Cookies.Secret(r); old != "" {
		if _, err := f.config.Sessions.EndSession(r.Context(), &saakornv1.EndSessionRequest{Secret: old}); err != nil {
			f.config.ShowFailure(w, r, fmt.Errorf("end the earlier session: %w", err))
			return
		}
	}
	started, err := f.config.Sessions.StartSession(r.Context(), &saakornv1.StartSessionRequest{IdToken: tokens.IDToken})
	if err != nil {
		f.config.ShowFailure(w, r, fmt.Errorf("begin a session: %w", err))
		return
	}
	f.config.Cookies.Set(w, started.GetSecret())
	back := "/"
	if _, encoded, ok := strings.Cut(state, "."); ok {
		if path, err := base64.RawURLEncoding.DecodeString(encoded); err == nil {
			back = LocalPath(string(path))
		}
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
