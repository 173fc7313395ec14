package registry_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
)

func TestErrorsDoNotRepeatDatesOfBirth(t *testing.T) {
	client := registry.NewRecorded(fstest.MapFS{"roller/310000019.json": {Data: []byte(
		`{"rollegrupper":[{"roller":[{"person":{"fodselsdato":"04.03.1956","navn":{"fornavn":"Amina"}}}]}]}`)}}, noon)
	_, err := client.Roles(t.Context(), "310000019")
	if !errors.Is(err, registry.ErrMalformed) || strings.Contains(err.Error(), "1956") {
		t.Errorf("error %v", err)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, folder := range []string{"enheter", "roller", "frivillige", "altinn"} {
		for _, number := range []string{"310000019", "390000014", "390000049"} {
			if content, err := fs.ReadFile(recorded.Answers(), folder+"/"+number+".json"); err == nil {
				f.Add(content)
			}
		}
	}
	f.Add([]byte(`{"vedtektsfestetFormaal":[null,{}],"forretningsadresse":{"adresse":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		files := fstest.MapFS{}
		for _, folder := range []string{"enheter", "roller", "frivillige", "altinn"} {
			files[folder+"/310000019.json"] = &fstest.MapFile{Data: body}
		}
		client := registry.NewRecorded(files, noon)
		facts, err := client.Facts(t.Context(), "310000019")
		if err == nil && (facts.OrganizationNumber != "310000019" || facts.Name == "" || facts.Language != "nb" && facts.Language != "nn") {
			t.Fatalf("accepted %+v", facts)
		}
		for _, line := range append(facts.AddressLines, facts.StatutoryPurpose...) {
			if strings.TrimSpace(line) == "" {
				t.Fatalf("an empty line in %+v", facts)
			}
		}
		roles, _ := client.Roles(t.Context(), "310000019")
		for _, role := range roles.Held {
			if role.Name == "" {
				t.Fatalf("a role that nobody holds: %+v", role)
			}
		}
		_, _ = client.Voluntary(t.Context(), "310000019")
		_, _ = registry.NewRecordedMandates(files).MayAct(t.Context(), "entrepreneur-01", "310000019")
	})
}
