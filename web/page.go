package web

import (
	"errors"
	"net/http"
	"net/url"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// How much a form may hold: what can be typed, and files with what is around them.
const (
	mostTyped    = 4 << 20
	mostUploaded = 128 << 20
	inMemory     = 1 << 20
)

func notFound() error { return status.Error(codes.NotFound, "no such page") }

// page serves one route: it finds out who asks, reads the form, and shows the page or what became of it.
func (p *Pages) page(route site.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asker, err := p.identify(r.Context(), r)
		page := p.pageOf(r, asker)
		if err != nil {
			p.fail(w, r, page, err)
			return
		}
		if asker.person == nil && !route.Public {
			p.askToSignIn(w, r)
			return
		}
		if err := readForm(w, r, route.Upload); err != nil {
			p.fail(w, r, page, err)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !csrfValid(asker.secret, csrfOf(r)) {
			p.fail(w, r, page, status.Error(codes.PermissionDenied, "the form is from another sign-in"))
			return
		}
		page.Notice = takeNotice(w, r, page)
		if err := route.Show(site.NewVisit(w, r, p.api, page, asker.token)); err != nil {
			p.fail(w, r, page, err)
		}
	}
}

func csrfOf(r *http.Request) string {
	if token := r.Header.Get("X-CSRF-Token"); token != "" {
		return token
	}
	return r.FormValue("csrf")
}

func readForm(w http.ResponseWriter, r *http.Request, upload bool) error {
	limit := int64(mostTyped)
	if upload {
		limit = mostUploaded
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := r.ParseMultipartForm(inMemory) //nolint:gosec // the line above bounds it
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return status.Error(codes.ResourceExhausted, "the form is too large")
	}
	if err != nil {
		return status.Error(codes.InvalidArgument, "the form cannot be read")
	}
	return nil
}

// askToSignIn sends people to sign in, and back. A script is told by its status alone.
func (p *Pages) askToSignIn(w http.ResponseWriter, r *http.Request) {
	p.cookies.Clear(w)
	if r.Header.Get("HX-Request") == "true" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet {
		back = "/"
		if from, err := url.Parse(r.Referer()); err == nil && from.Path != "" {
			back = from.RequestURI()
		}
	}
	http.Redirect(w, r, "/sign-in?"+url.Values{"back": {back}}.Encode(), http.StatusSeeOther)
}

func takeNotice(w http.ResponseWriter, r *http.Request, page ui.Page) string {
	cookie, err := r.Cookie(site.NoticeCookie)
	if err != nil || r.Method != http.MethodGet || r.Header.Get("HX-Request") == "true" {
		return ""
	}
	http.SetCookie(w, site.NoticeCookieOf("", page.Secure))
	return page.Or("notice."+cookie.Value, "notice.done")
}

// fail shows what became of a request that did not work.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, page ui.Page, err error) {
	problem := site.ProblemOf(err)
	if problem.Code == codes.Unauthenticated {
		p.askToSignIn(w, r)
		return
	}
	code, kind := failure(problem)
	reason := ""
	switch {
	case code == http.StatusInternalServerError:
		p.config.Log.ErrorContext(r.Context(), "a page failed", "method", r.Method, "path", r.URL.Path, "error", err)
	case problem.Reason != "" && code != http.StatusNotFound: // that it is not there is the reason
		reason = problem.Text(page.Printer)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = ui.Failure(page, kind, reason, r.URL.RequestURI()).Render(r.Context(), w) // the reader has gone away
}

// failure returns the status and the kind of page for a problem.
func failure(p site.Problem) (code int, kind string) {
	switch p.Code {
	case codes.NotFound, codes.InvalidArgument:
		return http.StatusNotFound, "not_found"
	case codes.PermissionDenied:
		return http.StatusForbidden, "denied"
	case codes.Aborted:
		return http.StatusConflict, "conflict"
	case codes.FailedPrecondition, codes.AlreadyExists, codes.ResourceExhausted:
		return http.StatusConflict, "refused"
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return http.StatusServiceUnavailable, "away"
	}
	return http.StatusInternalServerError, "broken"
}

// showPeople is the page on which one chooses a fictional person to be.
func (p *Pages) showPeople(w http.ResponseWriter, r *http.Request, requestID string, people []*saakornv1.DevelopmentUser) {
	p.render(w, r, http.StatusOK, func(page ui.Page) error { return peoplePage(page, requestID, groups(people)).Render(r.Context(), w) })
}

// showChoice is the page on which one chooses whom to sign in with.
func (p *Pages) showChoice(w http.ResponseWriter, r *http.Request, back string) {
	p.render(w, r, http.StatusOK, func(page ui.Page) error {
		return choicePage(page, p.config.Providers, back).Render(r.Context(), w)
	})
}

func (p *Pages) showFailure(w http.ResponseWriter, r *http.Request, err error) {
	p.config.Log.WarnContext(r.Context(), "a sign-in did not work", "error", err)
	p.render(w, r, http.StatusUnauthorized, func(page ui.Page) error {
		return ui.Failure(page, "sign_in", "", "/sign-in").Render(r.Context(), w)
	})
}

func (p *Pages) render(w http.ResponseWriter, r *http.Request, code int, show func(ui.Page) error) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = show(p.pageOf(r, who{})) // the reader has gone away, and nobody else can be told
}
