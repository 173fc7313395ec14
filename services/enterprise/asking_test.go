package enterprise_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/enterprise"
	"saakorn/services/enterprise/registry/recorded"
)

// reword replaces a text in the recorded answer about an enterprise.
func reword(t *testing.T, number, old, new string) fs.FS {
	t.Helper()
	name := "enheter/" + number + ".json"
	body, err := fs.ReadFile(recorded.Answers(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), old) {
		t.Fatalf("the recorded answer about %s does not say %s", number, old)
	}
	return fstest.MapFS{name: {Data: []byte(strings.Replace(string(body), old, new, 1))}}
}

func TestRefreshingStoresWhatTheRegistrySaysNow(t *testing.T) {
	h := newHouse(t)
	id := uuid.MustParse(h.register(t, "entrepreneur-01", spirehagen))
	h.clock.now = morning.AddDate(0, 1, 0)
	h.answers.FS = reword(t, spirehagen, `"konkurs":false`, `"konkurs":true`)
	refreshed, facts, err := h.refresher.Refresh(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := h.store.Enterprise(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, refreshed, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	if !stored.Bankrupt || stored.Deleted || stored.Revision != 2 || !stored.RegistryCheckedAt.Equal(h.clock.now) || len(facts.StatutoryPurpose) == 0 {
		t.Errorf("refreshed to %+v with %+v", stored, facts)
	}
	// The same answer once more, as a repeated activity gets it from a cache.
	if again, _, err := h.refresher.Refresh(t.Context(), id); err != nil || again.Revision != 2 {
		t.Errorf("refreshed again: %+v, %v", again, err)
	}
	want := []string{"ENTERPRISE_REGISTERED by entrepreneur-01", "MEMBER_ADDED by entrepreneur-01", "ENTERPRISE_REFRESHED by system"}
	if diff := cmp.Diff(want, actions(t, h.pool, id.String())); diff != "" {
		t.Error(diff)
	}
}

func TestARemovedEnterpriseIsMarkedAndKeepsItsName(t *testing.T) {
	h := newHouse(t)
	id := uuid.MustParse(h.register(t, "entrepreneur-01", spirehagen))
	h.clock.now = morning.AddDate(0, 1, 0)
	h.answers.FS = reword(t, spirehagen, `"organisasjonsnummer"`, `"slettedato":"2026-03-20","organisasjonsnummer"`)
	refreshed, facts, err := h.refresher.Refresh(t.Context(), id)
	if err != nil || !refreshed.Deleted || refreshed.Name != "Spirehagen Arbeid AS (fiktiv)" || facts.Name != "" {
		t.Errorf("refreshed to %+v with %+v, %v", refreshed, facts, err)
	}
}

func TestRefreshingNeedsANumberAndAnAnswer(t *testing.T) {
	h := newHouse(t)
	id := uuid.MustParse(h.register(t, "entrepreneur-01", spirehagen))
	h.answers.down = true
	_, _, err := h.refresher.Refresh(t.Context(), id)
	wantReason(t, err, "REGISTRY_UNAVAILABLE")
	_, _, err = h.refresher.Refresh(t.Context(), uuid.New())
	wantReason(t, err, "NOT_FOUND")
	if _, err := enterprise.Import(t.Context(), h.pool, reportFiles(t), morning); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.refresher.Refresh(t.Context(), enterprise.EnterpriseID("SE30"))
	wantReason(t, err, "NO_ORGANIZATION_NUMBER")
}
