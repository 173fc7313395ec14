package registry_test

import (
	"testing"
	"time"

	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
)

func TestRecordedBankruptcyBeginsOnItsDate(t *testing.T) {
	for day, want := range map[string]bool{"2021-06-07": false, "2021-06-08": true, "2026-11-17": true} {
		client := registry.NewRecorded(recorded.Answers(), func() time.Time {
			on, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			return on.Add(12 * time.Hour)
		})
		facts, err := client.Facts(t.Context(), "390000022")
		if err != nil || facts.Bankrupt != want {
			t.Errorf("on %s: bankrupt is %t, want %t (%v)", day, facts.Bankrupt, want, err)
		}
	}
}
