package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"saakorn/services/installation/installationtest"
	"saakorn/web"
	"saakorn/web/webtest"
)

// visitor is a browser without a window.
type visitor struct {
	t      *testing.T
	site   *webtest.Site
	client *http.Client
}

func newVisitor(t *testing.T, site *webtest.Site) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, site, &http.Client{Jar: jar}}
}

type answer struct {
	*http.Response
	text string
}

func (v *visitor) do(r *http.Request) answer {
	v.t.Helper()
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{response, string(text)}
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.site.URL+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

func (v *visitor) post(path string, form url.Values, headers ...string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

func field(t *testing.T, page, name string) string {
	t.Helper()
	match := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if match == nil {
		t.Fatalf("no %s in:\n%s", name, page)
	}
	return match[1]
}

func (v *visitor) signIn(person string) answer {
	v.t.Helper()
	page := v.get("/sign-in")
	return v.post("/development/issuer/login", url.Values{"id": {field(v.t, page.text, "id")}, "person": {person}})
}

func TestEveryPageKeepsTheBrowserToItself(t *testing.T) {
	site := webtest.Start(t)
	v := newVisitor(t, site)
	v.signIn(installationtest.Entrepreneur)
	for _, path := range []string{"/", "/my", "/schemes/social-entrepreneurship", "/nowhere", "/cases"} {
		a := v.get(path)
		policy := a.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		for _, bad := range []string{` style="`, "<script>", ` onclick="`, "https://", "http://"} {
			if strings.Contains(a.text, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
	}
}

func TestTheSecretOfASessionIsTheBrowsersAlone(t *testing.T) {
	site := webtest.Start(t)
	v := newVisitor(t, site)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
	v.signIn(installationtest.Entrepreneur)
	// The jar drops the attributes, so sign out and look at the cookie that is taken back: it is made alike.
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := v.get("/my")
	out := v.post("/sign-out", url.Values{"csrf": {field(t, page.text, "csrf")}})
	i := slices.IndexFunc(out.Cookies(), func(c *http.Cookie) bool { return c.Name == "saakorn_session" })
	if i < 0 {
		t.Fatalf("no cookie in %v", out.Header)
	}
	if c := out.Cookies()[i]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("cookie %v", c)
	}
	if a := v.get("/my"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		t.Errorf("after signing out: %s", a.Status)
	}
}

func TestAFormThatIsNotOursChangesNothing(t *testing.T) {
	site := webtest.Start(t)
	v, other := newVisitor(t, site), newVisitor(t, site)
	v.signIn(installationtest.Entrepreneur)
	other.signIn(installationtest.Stranger)
	theirs := field(t, other.get("/my").text, "csrf")
	own := field(t, v.get("/my").text, "csrf")
	number := url.Values{"number": {"310000019"}}
	with := func(token string) url.Values { return url.Values{"number": number["number"], "csrf": {token}} }
	site.API.Unchanged(t, func() {
		for name, a := range map[string]answer{
			"without a token":              v.post("/enterprises/register", number),
			"with somebody else's":         v.post("/enterprises/register", with(theirs)),
			"with nonsense":                v.post("/enterprises/register", with("AAAA")),
			"from another place":           v.post("/enterprises/register", with(own), "Sec-Fetch-Site", "cross-site"),
			"from another place, no token": v.post("/enterprises/register", number, "Origin", "https://elsewhere.example"),
		} {
			if a.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
	})
	if a := v.post("/enterprises/register", with(own)); a.StatusCode != http.StatusOK || !strings.Contains(a.Request.URL.Path, "/enterprises/") {
		t.Errorf("the form that is ours: %s at %s", a.Status, a.Request.URL)
	}
}

func TestNobodyIsSentElsewhereByALinkToHere(t *testing.T) {
	site := webtest.Start(t)
	v := newVisitor(t, site)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, back := range []string{"https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"} {
		if a := v.get("/language?" + url.Values{"to": {"nn"}, "back": {back}}.Encode()); a.Header.Get("Location") != "/" {
			t.Errorf("%s leads to %s", back, a.Header.Get("Location"))
		}
	}
}

func TestFictionalPeopleAreSignedInOnThisMachineInDevelopmentOnly(t *testing.T) {
	site := webtest.Start(t)
	c := web.Config{API: site.API.Connection, PublicURL: "https://saakorn.example", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if _, err := web.New(c); err == nil || !strings.Contains(err.Error(), "SAAKORN_ISSUERS_FILE") {
		t.Errorf("production without issuers: %v", err)
	}
	c.Development = true
	if _, err := web.New(c); err == nil || !strings.Contains(err.Error(), "on this machine only") {
		t.Errorf("development on the open net: %v", err)
	}
}

// The figures stand in the log, and bounds that a slow machine keeps to are tested.
func TestPagesAreSmallAndQuick(t *testing.T) {
	site := webtest.Start(t)
	site.API.OpenCall(t)
	v := newVisitor(t, site)
	v.signIn(installationtest.Entrepreneur)
	const mostBytes = 150_000
	for _, path := range []string{"/my", "/enterprises", "/schemes/social-entrepreneurship", "/schemes/social-entrepreneurship/questions"} {
		total := 0
		page := v.get(path)
		for _, address := range append([]string{path}, regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllString(page.text, -1)...) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+strings.Trim(address, `"`), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip, br")
			total += len(v.do(r).text)
		}
		var took []time.Duration
		for range 21 {
			began := time.Now()
			v.get(path)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%s: %d bytes on first view, %s in the middle of 21", path, total, took[10])
		if total > mostBytes {
			t.Errorf("%s takes %d bytes on first view, at most %d are wanted", path, total, mostBytes)
		}
	}
}
