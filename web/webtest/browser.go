package webtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"saakorn/web/text"
)

//go:embed axe.min.js
var axe string

// Browser is a tab of a real Chromium.
type Browser struct {
	t    testing.TB
	site *Site
	ctx  context.Context

	noScript bool
	width    int64
}

// Options say how the browser is.
type Options struct {
	// NoScript switches scripts off, for pages; tests still look into them.
	NoScript bool
	Language text.Language
	// Width of the window in pixels; 0 means 1280.
	Width int64
}

// Open opens a browser of its own, without cookies.
func (s *Site) Open(t testing.TB, o Options) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is missing: run deploy/tools/require.sh chromium")
	}
	allocated, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true))
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	// The browser lives as long as the context that starts it: longer than one step.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	if o.Width == 0 {
		o.Width = desktop
	}
	b := &Browser{t: t, site: s, ctx: ctx, noScript: o.NoScript, width: o.Width}
	if o.Language == "" {
		o.Language = text.Bokmal
	}
	b.do(call(network.SetCookie, network.SetCookieParams{Name: "saakorn_language", Value: string(o.Language), URL: s.URL}))
	b.Resize(o.Width)
	if o.NoScript {
		b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	return b
}

// call is an action that calls one command of the browser and has no use for its answer.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, command, params)
		return chromedp.Void{}, err
	}
}

// patience is how long a page may take to become what a test waits for, also on a machine that is busy with other
// browsers.
const patience = time.Minute

func (b *Browser) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

func (b *Browser) failed(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%v\nat %s:\n%s", err, b.Path(), b.Text())
	}
}

func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.failed(chromedp.Do(ctx, steps...))
}

// navigating does something that leads to another page, and waits for that.
func (b *Browser) navigating(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.RunResponse(ctx, step)
	b.failed(err)
}

// Resize gives the window another width.
func (b *Browser) Resize(width int64) {
	b.t.Helper()
	b.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 700,
	}))
}

// Visit goes to a path and waits for the page.
func (b *Browser) Visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site.URL + path))
}

// SignIn signs in as the fictional person, through the pages.
func (b *Browser) SignIn(personID string) {
	b.t.Helper()
	b.Visit("/sign-in")
	// Many people are folded away; a form is sent from there as well.
	b.navigating(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const b = document.querySelector('button[name=person][value="%s"]');
		b.form.requestSubmit(b);
	})()`, personID)))
}

// Follow follows the link with the text.
func (b *Browser) Follow(link string) {
	b.t.Helper()
	b.navigating(chromedp.Click(chromedp.Search(fmt.Sprintf(`//a[contains(normalize-space(.), %q)]`, link))))
}

// Press presses the button with the text and waits for the next page.
func (b *Browser) Press(button string) {
	b.t.Helper()
	b.navigating(chromedp.Click(chromedp.Search(fmt.Sprintf(`//main//button[contains(normalize-space(.), %q)]`, button))))
}

// Fill puts a value into the field with the identifier, as typing does.
func (b *Browser) Fill(id, value string) {
	b.t.Helper()
	there := Eval[bool](b, fmt.Sprintf(`(() => {
		const e = document.getElementById(%s);
		if (!e) return false;
		e.focus();
		e.value = %s;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`, quote(id), quote(value)))
	if !there {
		b.t.Fatalf("there is no field %q at %s:\n%s", id, b.Path(), b.Text())
	}
}

// Check chooses the box or the dot with the identifier.
func (b *Browser) Check(id string) {
	b.t.Helper()
	there := Eval[bool](b, fmt.Sprintf(`(() => { const e = document.getElementById(%s); if (!e) return false; if (!e.checked) e.click(); return true; })()`, quote(id)))
	if !there {
		b.t.Fatalf("there is no field %q at %s:\n%s", id, b.Path(), b.Text())
	}
}

// Choose chooses the value in the list with the identifier.
func (b *Browser) Choose(id, value string) {
	b.t.Helper()
	b.Fill(id, value)
	if got := Eval[string](b, fmt.Sprintf(`document.getElementById(%s).value`, quote(id))); got != value {
		b.t.Fatalf("%q cannot be chosen in %q at %s", value, id, b.Path())
	}
}

// Attach chooses a file for the field.
func (b *Browser) Attach(id, path string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.ID(id), []string{path}))
}

// Type sends keys to whatever has the focus.
func (b *Browser) Type(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// Submit sends keys that lead to another page.
func (b *Browser) Submit(keys string) {
	b.t.Helper()
	b.navigating(chromedp.KeyEvent(keys))
}

// Focused returns the identifier of what has the focus, or its text when it has none.
func (b *Browser) Focused() string {
	b.t.Helper()
	return Eval[string](b, `document.activeElement.id || document.activeElement.textContent.trim()`)
}

// Eval looks into the page.
func Eval[T any](b *Browser, script string) T {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	b.failed(err)
	return value
}

// Await waits until the script is true.
func (b *Browser) Await(script string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](script))
	b.failed(err)
}

// Text returns what the page says.
func (b *Browser) Text() string {
	ctx, cancel := b.within()
	defer cancel()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return err.Error() // it goes into a message about something else
	}
	return said
}

// Path returns where the browser is.
func (b *Browser) Path() string {
	ctx, cancel := b.within()
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return err.Error() // as above
	}
	return strings.TrimPrefix(at, b.site.URL)
}

// Wants demands that the page says all of it.
func (b *Browser) Wants(texts ...string) {
	b.t.Helper()
	page := strings.ReplaceAll(b.Text(), "\u00a0", " ")
	for _, want := range texts {
		if !strings.Contains(page, want) {
			b.t.Fatalf("%s does not say %q:\n%s", b.Path(), want, page)
		}
	}
}

// Accessible demands that axe finds nothing on the page, and that nothing of it is wider than the
// window.
func (b *Browser) Accessible() {
	b.t.Helper()
	found := Eval[string](b, axe+`;axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).then(r =>
		JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 200) + " " + n.failureSummary)}))))`)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		b.t.Errorf("%s: axe: %s (%s)\n%s", b.Path(), v.ID, v.Help, strings.Join(v.Nodes, "\n"))
	}
	wider := Eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
	if wider > 0 {
		what := Eval[string](b, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
			.slice(0, 5).map(e => e.tagName + "." + e.className).join(", ")`)
		b.t.Errorf("%s is %d pixels wider than the window: %s", b.Path(), wider, what)
	}
	if strings.Contains(b.Text(), "⟦") {
		b.t.Errorf("%s lacks a text:\n%s", b.Path(), b.Text())
	}
}

// Screenshot returns a picture of the whole page as PNG.
func (b *Browser) Screenshot() []byte {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	b.failed(err)
	return picture
}

func quote(s string) string {
	encoded, _ := json.Marshal(s) //nolint:errchkjson // a string always encodes
	return string(encoded)
}

// PressID presses the button with the identifier and waits for the next page.
func (b *Browser) PressID(id string) {
	b.t.Helper()
	b.navigating(chromedp.Click(chromedp.ID(id)))
}

// Look looks at the page as a person with any need would: axe finds nothing wrong at the window's
// width and at 320 pixels. With SAAKORN_SCREENSHOTS set to a folder, pictures of the page at phone and
// desktop width are written there. A browser without scripts looks at nothing: axe is one.
func (b *Browser) Look(name string) {
	b.t.Helper()
	if b.noScript {
		return
	}
	b.Accessible()
	folder := os.Getenv("SAAKORN_SCREENSHOTS")
	if folder != "" {
		b.Resize(desktop)
		b.write(filepath.Join(folder, name+"-desktop.png"))
	}
	b.Resize(phone)
	b.Accessible()
	if folder != "" {
		b.write(filepath.Join(folder, name+"-phone.png"))
	}
	b.Resize(b.width)
}

// The widths of pictures, in pixels; the phone is the narrowest window that the pages must fit.
const (
	desktop = 1280
	phone   = 320
)

func (b *Browser) write(path string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Screenshot(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// TabTo presses the tab key until the focus is on the element that the script finds true of e.
func (b *Browser) TabTo(script string) {
	b.t.Helper()
	for range 200 {
		b.Type("\t")
		if Eval[bool](b, fmt.Sprintf(`(e => Boolean(%s))(document.activeElement)`, script)) {
			return
		}
	}
	b.t.Fatalf("the tab key never reaches %s at %s", script, b.Path())
}
