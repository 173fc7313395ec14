package registry_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"saakorn/services/enterprise/fictional"
	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
)

func TestOnlyTheirOwnPeopleMayActForAnEnterprise(t *testing.T) {
	mandates := registry.NewRecordedMandates(recorded.Answers())
	people := fictional.People()
	for _, e := range fictional.Enterprises() {
		own := map[string]bool{}
		for _, p := range e.People {
			own[p.ID] = p.MayAct
		}
		for _, p := range people {
			got, err := mandates.MayAct(t.Context(), p.ID, e.Number)
			if err != nil || got != own[p.ID] {
				t.Errorf("MayAct(%s, %s) = %t, %v; want %t", p.ID, e.Number, got, err, own[p.ID])
			}
		}
	}
}

func TestWhatGivesAMandate(t *testing.T) {
	mandates := registry.NewRecordedMandates(fstest.MapFS{"altinn/310000019.json": {Data: []byte(`{
		"manager":    {"hierarki":[{"orgnr":"310000019","roller":["DAGL"]}]},
		"owner":      {"hierarki":[{"orgnr":"310000019","roller":["innh"]}]},
		"recipient":  {"hierarki":[{"orgnr":"310000019","altinn3Tilganger":["nav_tiltak_tilskuddsbrev"],"roller":[]}]},
		"below":      {"hierarki":[{"orgnr":"310000027","roller":[],"underenheter":[{"orgnr":"310000019","roller":["lede"]}]}]},
		"above":      {"hierarki":[{"orgnr":"310000027","roller":["dagl"],"underenheter":[{"orgnr":"310000019","roller":[]}]}]},
		"member":     {"hierarki":[{"orgnr":"310000019","roller":["medl"],"altinn3Tilganger":["noe_annet"]}]},
		"formerly":   {"hierarki":[{"orgnr":"310000019","roller":["dagl"],"erSlettet":true}]},
		"known":      {"isError":true,"hierarki":[{"orgnr":"310000019","roller":["dagl"]}]},
		"incomplete": {"isError":true,"hierarki":[]}
	}`)}})
	tests := map[string]bool{
		"manager": true, "owner": true, "recipient": true, "below": true, "known": true,
		"above": false, "member": false, "formerly": false, "nobody": false, "": false,
	}
	for person, want := range tests {
		if got, err := mandates.MayAct(t.Context(), person, "310000019"); err != nil || got != want {
			t.Errorf("MayAct(%q) = %t, %v; want %t", person, got, err, want)
		}
	}
	if got, err := mandates.MayAct(t.Context(), "incomplete", "310000019"); got || !errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("an incomplete answer gave %t, %v; want ErrUnavailable", got, err)
	}
	if got, err := mandates.MayAct(t.Context(), "manager", "310000035"); got || err != nil {
		t.Errorf("an enterprise that Altinn does not know gave %t, %v", got, err)
	}
}

func TestMandatesThatCannotBeReadAreNone(t *testing.T) {
	mandates := registry.NewRecordedMandates(fstest.MapFS{"altinn/310000019.json": {Data: []byte(`[]`)}})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		ctx    context.Context
		number string
		want   error
	}{
		{t.Context(), "310000019", registry.ErrMalformed},
		{t.Context(), "../altinn", registry.ErrRefused},
		{cancelled, "310000019", context.Canceled},
	}
	for _, test := range tests {
		if got, err := mandates.MayAct(test.ctx, "manager", test.number); got || !errors.Is(err, test.want) {
			t.Errorf("MayAct(%q) = %t, %v; want %v", test.number, got, err, test.want)
		}
	}
}
