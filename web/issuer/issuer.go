// Package issuer is an OpenID Connect provider within the pages, which signs in the named fictional
// people of a development installation, one click each. It asks the API who there are; the API of a
// production installation has nobody to name, and the program refuses to start it there.
package issuer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Path is where the issuer is below the address of the pages.
const Path = "/development/issuer"

// ClientID is what the pages are called at the issuer.
const ClientID = "saakorn-web"

// Config is what an issuer is made of.
type Config struct {
	// PublicURL is the address of the pages, for example http://127.0.0.1:8080.
	PublicURL string
	// RedirectURI is where people come back to.
	RedirectURI string
	People      saakornv1.DevelopmentServiceClient
	// Now is the wall clock.
	Now func() time.Time
	// ShowPeople writes the page on which one chooses whom to be. Its form posts person and id.
	ShowPeople func(w http.ResponseWriter, r *http.Request, requestID string, people []*saakornv1.DevelopmentUser)
}

// Issuer is a running provider.
type Issuer struct {
	config  Config
	storage *storage
	mux     *http.ServeMux
}

// New returns an issuer with keys of its own, which last as long as the program.
func New(c Config) (*Issuer, error) {
	s, err := newStorage(c.RedirectURI, c.Now)
	if err != nil {
		return nil, err
	}
	var cryptoKey [32]byte
	if _, err := rand.Read(cryptoKey[:]); err != nil {
		return nil, fmt.Errorf("make a key for the issuer: %w", err)
	}
	provider, err := op.NewProvider(&op.Config{CryptoKey: cryptoKey, CodeMethodS256: true}, s, op.StaticIssuer(c.PublicURL+Path), op.WithAllowInsecure())
	if err != nil {
		return nil, fmt.Errorf("prepare the issuer: %w", err)
	}
	i := &Issuer{config: c, storage: s, mux: http.NewServeMux()}
	i.mux.HandleFunc("GET "+Path+"/login", i.choose)
	i.mux.HandleFunc("POST "+Path+"/login", i.signIn)
	i.mux.Handle(Path+"/", http.StripPrefix(Path, provider))
	return i, nil
}

// URL returns the issuer's identifier.
func (i *Issuer) URL() string { return i.config.PublicURL + Path }

// ServeHTTP answers everything below Path.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

func (i *Issuer) choose(w http.ResponseWriter, r *http.Request) {
	people, err := i.people(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	i.config.ShowPeople(w, r, r.FormValue("id"), people)
}

func (i *Issuer) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 10_000)
	people, err := i.people(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	chosen := slices.IndexFunc(people, func(p *saakornv1.DevelopmentUser) bool { return p.GetId() == r.FormValue("person") })
	if chosen < 0 {
		http.Error(w, "there is no such fictional person", http.StatusBadRequest)
		return
	}
	id := r.FormValue("id")
	if err := i.storage.finish(id, people[chosen]); err != nil {
		// The request has been used or is too old: begin again.
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, i.URL()+"/authorize/callback?"+url.Values{"id": {id}}.Encode(), http.StatusSeeOther)
}

func (i *Issuer) people(ctx context.Context) ([]*saakornv1.DevelopmentUser, error) {
	answer, err := i.config.People.ListDevelopmentUsers(ctx, &saakornv1.ListDevelopmentUsersRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask who there is: %w", err)
	}
	return answer.GetUsers(), nil
}

// CheckURL refuses an address at which fictional people must not be signed in: only this machine's.
func CheckURL(publicURL string) error {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is no address of pages: write it as http://127.0.0.1:8080", publicURL)
	}
	if host := u.Hostname(); host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1" {
		return errors.New("fictional people are signed in on this machine only: name an issuer with SAAKORN_ISSUERS_FILE")
	}
	return nil
}
