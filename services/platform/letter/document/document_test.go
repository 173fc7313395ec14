package document

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/letter"
)

func renderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rendered(t testing.TB, l letter.Letter) letter.Document {
	t.Helper()
	d, err := renderer(t).Render(l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decision is a letter with everything that a letter can have.
func decision(language string) letter.Letter {
	return letter.Letter{
		ID: uuid.NameSpaceURL, Kind: "DECISION_APPROVED", Language: language,
		Subject: "Dere har fått innvilget tilskudd for 2019",
		Head: letter.Head{
			Recipient: "Blåbærtunet Læring AS", OrganizationNumber: "310\u00a0000\u00a0019", CaseNumber: "2019/17",
			Sender: "Arbeids- og velferdsdirektoratet",
		},
		Parts: []letter.Part{
			{Body: "Blåbærtunet Læring AS får 1\u00a0250\u00a0000\u00a0kroner.\n\nVedtaket gjelder søknaden."},
			{Heading: "Begrunnelse for vedtaket", Body: "Tiltaket er nytt.\nDet er prøvd i liten skala."},
			{Heading: "Vilkår for tilskuddet", Body: "Dere må:\n\n- rapportere innen 31. mars\n- føre eget regnskap for prosjektet, slik at det er lett å se hva pengene er brukt til og hvem som har brukt dem"},
			{Heading: "Dere kan klage på vedtaket", Body: "Fristen er tre uker."},
			{Body: "Med vennlig hilsen\n\nKari Nordmann, saksbehandler\nOla Ås, beslutter"},
		},
		CreatedAt: time.Date(2019, time.March, 4, 23, 30, 0, 0, time.UTC), Formal: true,
	}
}

// outline is what the decision reads as, in order: the role of each passage and its text.
func outline(language string) []string {
	w := map[string][]string{
		"nb": {"Navn", "Organisasjonsnummer", "Saksnummer", "5. mars 2019"},
		"nn": {"Namn", "Organisasjonsnummer", "Saksnummer", "5. mars 2019"},
		"en": {"Name", "Organisation number", "Case number", "5 March 2019"},
	}[language]
	return []string{
		"P Arbeids- og velferdsdirektoratet",
		"LBody " + w[0] + ": Blåbærtunet Læring AS", "LBody " + w[1] + ": 310 000 019", "LBody " + w[2] + ": 2019/17", "P " + w[3],
		"H1 Dere har fått innvilget tilskudd for 2019",
		"P Blåbærtunet Læring AS får 1 250 000 kroner.", "P Vedtaket gjelder søknaden.",
		"H2 Begrunnelse for vedtaket", "P Tiltaket er nytt. Det er prøvd i liten skala.",
		"H2 Vilkår for tilskuddet", "P Dere må:",
		"Lbl •", "LBody rapportere innen 31. mars",
		"Lbl •", "LBody føre eget regnskap for prosjektet, slik at det er lett å se hva pengene er brukt til og hvem som har brukt dem",
		"H2 Dere kan klage på vedtaket", "P Fristen er tre uker.",
		"P Med vennlig hilsen", "P Kari Nordmann, saksbehandler Ola Ås, beslutter",
	}
}

func TestPDFReadsInOrderInEveryLanguage(t *testing.T) {
	for _, language := range []string{"nb", "nn", "en"} {
		t.Run(language, func(t *testing.T) {
			p := open(t, rendered(t, decision(language)).PDF)
			if diff := cmp.Diff(outline(language), p.outline()); diff != "" {
				t.Errorf("structure tree (-want +got):\n%s", diff)
			}
			if got := p.language(); got != language {
				t.Errorf("the document's language is %q, want %q", got, language)
			}
			if got, want := p.title(), "Dere har fått innvilget tilskudd for 2019"; got != want {
				t.Errorf("the document's title is %q, want %q", got, want)
			}
		})
	}
}

func TestEveryPageTellsItsCaseAndNumber(t *testing.T) {
	l := decision("nn")
	l.Parts[1].Body = strings.Repeat("Grunngivinga er lang, og ho har mange avsnitt.\n\n", 120)
	p := open(t, rendered(t, l).PDF)
	if n := len(p.pages); n < 4 {
		t.Fatalf("a long letter has %d pages", n)
	}
	for i, page := range p.pages {
		want := []string{"Saksnummer 2019/17", fmt.Sprintf("Side %d av %d", i+1, len(p.pages))}
		if diff := cmp.Diff(want, page.artifacts()); diff != "" {
			t.Errorf("footer of page %d (-want +got):\n%s", i+1, diff)
		}
	}
}

func TestPageBreaksKeepWhatBelongsTogether(t *testing.T) {
	for lines := range 60 {
		l := decision("nb")
		l.Parts[0].Body = "Begynnelsen." + strings.Repeat("\nEn linje til.", lines)
		p := open(t, rendered(t, l).PDF)
		for i, page := range p.pages {
			passages := page.passages()
			if len(passages) == 0 {
				t.Fatalf("%d lines: page %d is empty", lines, i+1)
			}
			if last := passages[len(passages)-1]; strings.HasPrefix(last, "H") {
				t.Errorf("%d lines: page %d ends with a heading: %s", lines, i+1, last)
			}
			greets := containsPrefix(passages, "P Med vennlig hilsen")
			signs := containsPrefix(passages, "P Kari Nordmann, saksbehandler Ola Ås, beslutter")
			if greets != signs {
				t.Errorf("%d lines: page %d has a part of the signature: greeting %t, names %t", lines, i+1, greets, signs)
			}
		}
	}
}

func containsPrefix(list []string, prefix string) bool {
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

func TestTextStaysWithinTheMargins(t *testing.T) {
	words := []string{
		strings.Repeat("a", 500), strings.Repeat("Tilskuddsordningsforvaltningsloven", 20), strings.Repeat("ordet ", 200),
		"https://www.nav.no/" + strings.Repeat("sti/", 80), strings.Repeat("W", 47) + " " + strings.Repeat("M", 300),
	}
	for _, word := range words {
		l := decision("nb")
		l.Subject, l.Parts[1].Heading = word, word
		l.Parts[1].Body = word + "\n\n- " + word
		laid := renderer(t).lay(read(l))
		for _, r := range laid.rows {
			for _, run := range r.runs {
				end := run.x + run.font.width(strings.TrimSuffix(run.text, " "), run.size)
				if end > pageWidth-marginSide+0.001 {
					t.Errorf("%.20q ends at %.1f, beyond the margin at %.1f", run.text, end, pageWidth-marginSide)
				}
			}
		}
		if got := strings.Join(open(t, rendered(t, l).PDF).outline(), "\n"); !strings.Contains(got, "P "+strings.TrimSpace(word)) {
			t.Errorf("the long word is not whole in the text:\n%.200s", got)
		}
	}
}

func TestSameLetterGivesSameBytes(t *testing.T) {
	first, second := rendered(t, decision("nb")), rendered(t, decision("nb"))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error("the same letter came out differently")
	}
	other := decision("nb")
	other.Parts[3].Body = "Fristen er seks uker."
	if string(rendered(t, other).PDF) == string(first.PDF) {
		t.Error("another letter came out the same")
	}
}

func TestHTMLIsAWholeAccessiblePage(t *testing.T) {
	l := decision("nn")
	l.Head.Recipient, l.Parts[1].Body = `<script>alert("hei")</script>`, `Ein & to <b>grunnar</b>`
	d := rendered(t, l)
	for _, want := range []string{
		`<html lang="nn">`, "<title>Dere har fått innvilget tilskudd for 2019</title>", "<h1>Dere har fått innvilget tilskudd for 2019</h1>",
		"<h2>Begrunnelse for vedtaket</h2>", "<li>rapportere innen 31. mars</li>", `<time datetime="2019-03-05">5. mars 2019</time>`,
		"<dt>Saksnummer</dt><dd>2019/17</dd>", "&lt;script&gt;", "Ein &amp; to &lt;b&gt;grunnar&lt;/b&gt;",
		"Kari Nordmann, saksbehandler<br>\nOla Ås, beslutter", "default-src &#39;none&#39;; style-src &#39;sha256-",
	} {
		if !strings.Contains(d.HTML, want) {
			t.Errorf("the page has no %s:\n%s", want, d.HTML)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", "src=", "url("} {
		if strings.Contains(d.HTML, not) {
			t.Errorf("the page has %q", not)
		}
	}
	_, rest, _ := strings.Cut(d.HTML, "<style>")
	css, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(css))
	if want := template.HTMLEscapeString("'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"); !strings.Contains(d.HTML, want) {
		t.Errorf("the page's policy does not let in its own style, which is %s", want)
	}
	if !strings.HasPrefix(d.Fragment, `<article class="letter" lang="nn">`) || !strings.Contains(d.HTML, d.Fragment) {
		t.Errorf("the fragment is not what the page shows:\n%s", d.Fragment)
	}
}

func TestWhatTheFontCannotShowIsSeenToBeMissing(t *testing.T) {
	l := decision("nb")
	l.Parts = []letter.Part{{Body: "Čáhput 漢 \U0001F331\u200d og a\u030a, brudd\u00adord\x07."}}
	got := open(t, rendered(t, l).PDF).outline()
	if want := "P Čáhput ? ? og å, bruddord."; got[len(got)-1] != want {
		t.Errorf("got %q, want %q", got[len(got)-1], want)
	}
}

func TestLetterWithoutHeadIsADocumentToo(t *testing.T) {
	l := decision("en")
	l.Head = letter.Head{}
	p := open(t, rendered(t, l).PDF)
	if diff := cmp.Diff(append([]string{"P 5 March 2019"}, outline("en")[5:]...), p.outline()); diff != "" {
		t.Errorf("structure tree (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Page 1 of 1"}, p.pages[0].artifacts()); diff != "" {
		t.Errorf("footer (-want +got):\n%s", diff)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("Tittel", "Overskrift", "Avsnitt\n\n- punkt\n- punkt", "2019/1")
	f.Add("", "", "", "")
	f.Add("(\\)", ">><<", "- \n-\n\n\n- a\nb", "\xff\x00")
	r := renderer(f)
	f.Fuzz(func(t *testing.T, subject, heading, body, number string) {
		l := decision("nb")
		l.Subject, l.Head.CaseNumber = subject, number
		l.Parts = []letter.Part{{Heading: heading, Body: body}, {Body: body}}
		d, err := r.Render(l)
		if err != nil {
			t.Fatal(err)
		}
		p := open(t, d.PDF)
		for _, b := range append(split(body), block{Lines: []string{clean(subject), clean(heading)}}) {
			for _, line := range append(b.Lines, b.Items...) {
				if want := squeeze(r.shown(line)); !strings.Contains(squeeze(strings.Join(p.outline(), " ")), want) {
					t.Errorf("the PDF does not read %q", want)
				}
			}
		}
	})
}
