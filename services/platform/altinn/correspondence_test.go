package altinn_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/altinn"
	"saakorn/services/platform/letter"
)

var update = flag.Bool("update", false, "write the golden files anew")

const resource = "nav_tiltak_tilskuddsbrev"

func parcel() letter.Parcel {
	return letter.Parcel{
		Key: uuid.MustParse("6ba7b811-9dad-51d1-80b4-00c04fd430c8"), Recipient: "310000019", PDF: []byte("%PDF-1.7 et brev"),
		Letter: letter.Letter{
			ID: uuid.MustParse("6ba7b812-9dad-51d1-80b4-00c04fd430c8"), Kind: "DECISION_APPROVED", Language: "nn",
			Subject: "De har fått innvilga tilskotet de søkte om for 2019", CreatedAt: time.Date(2019, time.March, 1, 12, 0, 0, 0, time.UTC),
			Head: letter.Head{Recipient: "Fjordspire AS (fiktiv)", OrganizationNumber: "310000019", CaseNumber: "2019/17", Sender: "Arbeids- og velferdsdirektoratet"},
			Parts: []letter.Part{
				{Body: "Fjordspire AS får 1\u00a0250\u00a0000\u00a0kroner.\n\nVedtaket gjeld søknad SE-2019-000017."},
				{Heading: "Grunngiving for vedtaket", Body: "Planen er *svært* god.\n1. mars er fristen. Sjå <b>her</b> & [der](https://eksempel.example)."},
				{Heading: "Vilkår for tilskotet", Body: "Tilskotet er gitt på desse vilkåra:\n\n- De rapporterer innan 31. mars.\n- De møter oss # i juni."},
				{Body: "Med vennleg helsing\n\nKari, saksbehandlar\nOla, avgjerdstakar"},
			},
		},
	}
}

func TestTheMessageHasTheShapeThatAltinnAsksFor(t *testing.T) {
	request, err := altinn.Build(parcel(), resource, uuid.MustParse("6ba7b814-9dad-51d1-80b4-00c04fd430c8"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(request, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "decision.golden.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("the message (-want +got):\n%s", diff)
	}
}

func TestWhatAltinnWouldRefuseIsRefusedBefore(t *testing.T) {
	for name, test := range map[string]struct {
		change   func(*letter.Parcel)
		resource string
		want     string
	}{
		"no organisation number":      {func(p *letter.Parcel) { p.Recipient = "" }, resource, "organisation number"},
		"a grouped one":               {func(p *letter.Parcel) { p.Recipient = "310 000 019" }, resource, "organisation number"},
		"a person":                    {func(p *letter.Parcel) { p.Recipient = "01019912345" }, resource, "organisation number"},
		"no title":                    {func(p *letter.Parcel) { p.Letter.Subject = "" }, resource, "messageTitle"},
		"a title that is too long":    {func(p *letter.Parcel) { p.Letter.Subject = strings.Repeat("å", 256) }, resource, "messageTitle"},
		"a title of two lines":        {func(p *letter.Parcel) { p.Letter.Subject = "Vedtak\nom tilskudd" }, resource, "plain text"},
		"nothing in it":               {func(p *letter.Parcel) { p.Letter.Parts = nil }, resource, "messageBody"},
		"an unknown language":         {func(p *letter.Parcel) { p.Letter.Language = "se" }, resource, "language"},
		"no key":                      {func(p *letter.Parcel) { p.Key = uuid.Nil }, resource, "idempotentKey"},
		"no resource":                 {func(*letter.Parcel) {}, "", "resourceId"},
		"a sender that is too long":   {func(p *letter.Parcel) { p.Letter.Head.Sender = strings.Repeat("n", 257) }, resource, "messageSender"},
		"the longest title is enough": {func(p *letter.Parcel) { p.Letter.Subject = strings.Repeat("å", 255) }, resource, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := parcel()
			test.change(&p)
			_, err := altinn.Build(p, test.resource)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want it to name %q", err, test.want)
			}
		})
	}
}

// platform answers as Altinn does: it wants a token, keeps attachments, and takes a key once.
type platform struct {
	mu       sync.Mutex
	uploaded map[string][]byte
	messages map[uuid.UUID]altinn.Request
	// before is asked before every answer; a status other than 0 is answered with.
	before func(r *http.Request) int
}

func newPlatform() *platform {
	return &platform{uploaded: map[string][]byte{}, messages: map[uuid.UUID]altinn.Request{}}
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer the-token" || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if p.before != nil {
		if status := p.before(r); status != 0 {
			problem(w, status, 0, "try later")
			return
		}
	}
	path := strings.TrimPrefix(r.URL.Path, "/correspondence/api/v1/")
	body, _ := io.ReadAll(r.Body)
	switch {
	case path == "attachment":
		id := uuid.NewString()
		p.uploaded[id] = nil
		answer(w, http.StatusOK, id)
	case strings.HasPrefix(path, "attachment/") && strings.HasSuffix(path, "/upload"):
		p.uploaded[strings.Split(path, "/")[1]] = body
	case path == "correspondence":
		p.initialize(w, body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (p *platform) initialize(w http.ResponseWriter, body []byte) {
	var request altinn.Request
	if err := json.Unmarshal(body, &request); err != nil {
		problem(w, http.StatusBadRequest, 1000, err.Error())
		return
	}
	if _, there := p.messages[request.IdempotentKey]; there {
		problem(w, http.StatusConflict, 1034, "A correspondence with the same idempotent key already exists")
		return
	}
	p.messages[request.IdempotentKey] = request
	answer(w, http.StatusOK, map[string]any{
		"correspondences": []any{map[string]any{"correspondenceId": uuid.New(), "status": "Initialized", "recipient": request.Recipients[0]}},
		"attachmentIds":   request.ExistingAttachments,
	})
}

func problem(w http.ResponseWriter, status, code int, detail string) {
	answer(w, status, map[string]any{"status": status, "detail": detail, "errorCode": code})
}

func answer(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}

func overHTTP(t *testing.T, p *platform) *altinn.HTTP {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("the-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	channel, err := altinn.NewHTTP(altinn.HTTPOptions{URL: server.URL, ResourceID: resource, TokenFile: token})
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// The suite that both ways must pass.
func TestBothWaysCarryAlike(t *testing.T) {
	p, folder := newPlatform(), filepath.Join(t.TempDir(), "altinn")
	type holding struct {
		request altinn.Request
		pdf     []byte
	}
	for name, way := range map[string]struct {
		channel letter.Channel
		held    func(t *testing.T) []holding
	}{
		"HTTP": {overHTTP(t, p), func(*testing.T) (list []holding) {
			for _, request := range p.messages {
				list = append(list, holding{request, p.uploaded[request.ExistingAttachments[0].String()]})
			}
			return list
		}},
		"recorded": {altinn.Folder{Path: folder, ResourceID: resource}, func(t *testing.T) (list []holding) {
			files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
			for _, name := range files {
				var h holding
				body, err := os.ReadFile(name)
				if err == nil {
					err = json.Unmarshal(body, &h.request)
				}
				if err == nil {
					h.pdf, err = os.ReadFile(strings.TrimSuffix(name, ".json") + ".pdf")
				}
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, h)
			}
			return list
		}},
	} {
		t.Run(name, func(t *testing.T) {
			first, err := way.channel.Carry(t.Context(), parcel())
			if err != nil || first == "" {
				t.Fatalf("%q, %v", first, err)
			}
			if again, err := way.channel.Carry(t.Context(), parcel()); err != nil || again == "" {
				t.Errorf("the second time: %q, %v", again, err)
			}
			held := way.held(t)
			if len(held) != 1 {
				t.Fatalf("it holds %d messages, want one", len(held))
			}
			want, err := altinn.Build(parcel(), resource, held[0].request.ExistingAttachments...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, held[0].request); diff != "" {
				t.Errorf("the message (-want +got):\n%s", diff)
			}
			if string(held[0].pdf) != string(parcel().PDF) {
				t.Errorf("the attachment is %q", held[0].pdf)
			}
			bad := parcel()
			bad.Key, bad.Recipient = uuid.New(), "1"
			if _, err := way.channel.Carry(t.Context(), bad); err == nil || len(way.held(t)) != 1 {
				t.Errorf("a message to nobody: %v", err)
			}
		})
	}
}

func TestWhatAltinnSaysOfARefusalIsTold(t *testing.T) {
	p := newPlatform()
	channel := overHTTP(t, p)
	p.before = func(*http.Request) int { return http.StatusServiceUnavailable }
	_, err := channel.Carry(t.Context(), parcel())
	refused, ok := errors.AsType[*altinn.RefusedError](err)
	if !ok || refused.Status != http.StatusServiceUnavailable || refused.Detail != "try later" {
		t.Errorf("error %v", err)
	}
	if strings.Contains(err.Error(), "the-token") {
		t.Error("the error tells the token")
	}
	// Broken off between the message and the answer: the next attempt finds it there.
	p.before = nil
	if _, err := channel.Carry(t.Context(), parcel()); err != nil {
		t.Fatal(err)
	}
	reference, err := channel.Carry(t.Context(), parcel())
	if err != nil || reference != parcel().Key.String() {
		t.Errorf("the reference is %q, %v: want the one that sender and receiver share", reference, err)
	}
}

func TestAConflictOfAnotherKindIsNoSuccess(t *testing.T) {
	p := newPlatform()
	channel := overHTTP(t, p)
	p.before = func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/correspondence") {
			return http.StatusConflict
		}
		return 0
	}
	if reference, err := channel.Carry(t.Context(), parcel()); err == nil {
		t.Errorf("carried as %q", reference)
	}
}

func TestAWayToAltinnNeedsItsSettings(t *testing.T) {
	for name, options := range map[string]altinn.HTTPOptions{
		"no resource": {TokenFile: "token"}, "no token": {ResourceID: resource}, "no address": {URL: "altinn", ResourceID: resource, TokenFile: "token"},
	} {
		if _, err := altinn.NewHTTP(options); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
