// Package web serves the pages. It is a client of the contract's methods with each person's own token,
// and has no other door to the data. README.md beside it says how to add a page.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/proto/openapi"
	"saakorn/web/assets"
	"saakorn/web/issuer"
	"saakorn/web/signin"
	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// Config is what the pages are made of.
type Config struct {
	// API is a connection to the gRPC server.
	API grpc.ClientConnInterface
	// PublicURL is the address that people type, for example https://saakorn.example.
	PublicURL string
	// Providers are whom people sign in with. A development installation without any signs in its
	// fictional people by itself.
	Providers []signin.Provider
	// Development says that everybody and everything here is made up.
	Development bool
	// Key protects sign-ins under way; every program that serves the same pages has the same.
	Key [32]byte
	// Now is the wall clock.
	Now func() time.Time
	Log *slog.Logger
}

// Pages are all pages, ready to be served.
type Pages struct {
	config  Config
	api     *site.API
	texts   *text.Catalogue
	assets  *assets.Assets
	cookies signin.Cookies
	issuer  *issuer.Issuer
	handler http.Handler
}

// New prepares the pages. It fails without anybody to sign in with, except in development.
func New(c Config) (*Pages, error) {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" {
		return nil, fmt.Errorf("%q is no address of pages: write it as https://saakorn.example", c.PublicURL)
	}
	if len(c.Providers) == 0 && !c.Development {
		return nil, errors.New("nobody can sign in: name the issuers with SAAKORN_ISSUERS_FILE")
	}
	p := &Pages{config: c, api: site.NewAPI(c.API), cookies: signin.Cookies{Secure: public.Scheme == "https"}}
	if p.texts, err = text.Load(); err != nil {
		return nil, err
	}
	if p.assets, err = assets.New(); err != nil {
		return nil, err
	}
	if c.Development {
		if err := p.embedIssuer(); err != nil {
			return nil, err
		}
	}
	p.handler = p.routes()
	return p, nil
}

// embedIssuer makes the pages of a development installation sign in fictional people by themselves: when
// there is nobody else to sign in with, or when the embedded issuer is among the providers.
func (p *Pages) embedIssuer() (err error) {
	embedded := signin.Provider{Key: "development", Issuer: p.config.PublicURL + issuer.Path, ClientID: issuer.ClientID}
	i := slices.IndexFunc(p.config.Providers, func(other signin.Provider) bool { return other.Issuer == embedded.Issuer })
	switch {
	case i >= 0:
		embedded = p.config.Providers[i]
	case len(p.config.Providers) > 0:
		return nil
	default:
		p.config.Providers = []signin.Provider{embedded}
	}
	if err := issuer.CheckURL(p.config.PublicURL); err != nil {
		return err
	}
	p.issuer, err = issuer.New(issuer.Config{
		PublicURL: p.config.PublicURL, RedirectURI: signin.RedirectURI(p.config.PublicURL, embedded.Key),
		People: p.api.Development, ShowPeople: p.showPeople, Now: p.config.Now,
	})
	return err
}

// Connect returns a connection to the gRPC server at the address, for Config.API.
func Connect(address string) (*grpc.ClientConn, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostReceived)))
	if err != nil {
		return nil, fmt.Errorf("connect the pages: %w", err)
	}
	return connection, nil
}

// mostReceived is the most one answer of the API may hold, in bytes.
const mostReceived = 16 << 20

// Issuer returns the embedded issuer's address and what the pages are called there; nothing when the
// pages have none.
func (p *Pages) Issuer() (url, clientID string) {
	if p.issuer == nil {
		return "", ""
	}
	return p.issuer.URL(), issuer.ClientID
}

// ServeHTTP answers everything.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Beside serves the pages and the JSON API at one address.
func Beside(api, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", api)
	mux.Handle("/healthz", api)
	mux.Handle("/openapi.json", api)
	mux.Handle("/", pages)
	return mux
}

func (p *Pages) routes() http.Handler {
	flow := signin.New(signin.Config{
		PublicURL: p.config.PublicURL, Providers: p.config.Providers, Key: p.config.Key,
		Sessions: p.api.Sessions, Cookies: p.cookies, ShowChoice: p.showChoice, ShowFailure: p.showFailure,
	})
	mux := http.NewServeMux()
	for _, route := range allRoutes() {
		mux.HandleFunc(route.Pattern, p.page(route))
	}
	mux.Handle("/sign-in", flow)
	mux.Handle("/sign-in/", flow)
	mux.HandleFunc("POST /sign-out", p.signOut)
	mux.HandleFunc("GET /language", p.changeLanguage)
	if p.issuer != nil {
		mux.Handle(issuer.Path+"/", p.issuer)
	}
	mux.HandleFunc("/", p.page(site.Route{Public: true, Show: func(*site.Visit) error { return notFound() }}))
	whole := http.NewServeMux()
	whole.Handle("GET "+assets.Prefix, p.assets)
	whole.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("serving\n")) // the reader has gone away, and nobody else can be told
	})
	whole.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openapi.Description()) // as above
	})
	whole.Handle("/", gzhttp.GzipHandler(http.NewCrossOriginProtection().Handler(mux)))
	return secure(whole, p.cookies.Secure)
}

// policy lets the browser fetch nothing but what is ours, and run nothing that stands in a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func secure(next http.Handler, https bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// who is what a request's session says.
type who struct {
	secret, token string
	person        *ui.Person
}

// identify exchanges the session's secret for a token. Nobody is no mistake.
func (p *Pages) identify(ctx context.Context, r *http.Request) (who, error) {
	secret := p.cookies.Secret(r)
	if secret == "" {
		return who{}, nil
	}
	answer, err := p.api.Sessions.ContinueSession(ctx, &saakornv1.ContinueSessionRequest{Secret: secret})
	if err != nil {
		if code := site.ProblemOf(err).Code; code == codes.Unauthenticated || code == codes.InvalidArgument {
			err = nil // the session is over
		}
		return who{}, err
	}
	return who{secret, answer.GetToken(), &ui.Person{ID: answer.GetPersonId(), Name: answer.GetName(), Roles: answer.GetRoles()}}, nil
}

// pageOf returns what the page knows.
func (p *Pages) pageOf(r *http.Request, w who) ui.Page {
	page := ui.Page{
		Printer: p.texts.Printer(p.language(r)), Assets: p.assets, Path: r.URL.RequestURI(), Person: w.person,
		CSRF: csrfToken(w.secret), Fictional: p.config.Development, Secure: p.cookies.Secure,
	}
	if r.Method != http.MethodGet {
		page.Path = r.URL.Path
	}
	page.Menu = menu(page)
	page.Search = page.Person.Has(site.Staff()...)
	return page
}

const languageCookie = "saakorn_language"

func (p *Pages) language(r *http.Request) text.Language {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if l, ok := text.Parse(cookie.Value); ok {
			return l
		}
	}
	return text.Preferred(r.Header.Get("Accept-Language"))
}

func (p *Pages) changeLanguage(w http.ResponseWriter, r *http.Request) {
	if l, ok := text.Parse(r.FormValue("to")); ok {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the pages are served over HTTPS
			Name: languageCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 60 * 60,
			HttpOnly: true, Secure: p.cookies.Secure, SameSite: http.SameSiteLaxMode,
		})
	}
	http.Redirect(w, r, signin.LocalPath(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // LocalPath lets nobody be sent elsewhere
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	secret := p.cookies.Secret(r)
	r.Body = http.MaxBytesReader(w, r.Body, 10_000)
	if csrfValid(secret, r.FormValue("csrf")) {
		if _, err := p.api.Sessions.EndSession(r.Context(), &saakornv1.EndSessionRequest{Secret: secret}); err != nil {
			p.config.Log.ErrorContext(r.Context(), "a session was not ended", "error", err)
		}
	}
	p.cookies.Clear(w)
	http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
}
