// Package signin signs people in with OpenID Connect (authorization code with PKCE) and keeps the
// secret of their session in their browser. The session itself is the API's.
package signin

import (
	"net/http"
	"strings"
)

// Cookies keeps the session's secret in the browser.
type Cookies struct {
	// Secure says that the pages are served over HTTPS only.
	Secure bool
}

func (c Cookies) name() string {
	if c.Secure {
		return "__Host-saakorn_session"
	}
	return "saakorn_session"
}

// Secret returns the secret of the session; empty when there is none.
func (c Cookies) Secret(r *http.Request) string {
	cookie, err := r.Cookie(c.name())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Set keeps the secret until the browser is closed; the API ends the session before that.
func (c Cookies) Set(w http.ResponseWriter, secret string) { http.SetCookie(w, c.cookie(secret, 0)) }

// Clear forgets the secret.
func (c Cookies) Clear(w http.ResponseWriter) { http.SetCookie(w, c.cookie("", -1)) }

func (c Cookies) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the pages are served over HTTPS
		Name: c.name(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// LocalPath returns the path when it is one of these pages, and the front page when it leads anywhere
// else: nobody is sent elsewhere by a link to here.
func LocalPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}
