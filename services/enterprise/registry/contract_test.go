package registry_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/enterprise/fictional"
	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
	"saakorn/services/platform/calendar"
)

func noon() time.Time { return time.Date(2022, time.March, 1, 12, 0, 0, 0, time.UTC) }

// serve answers as data.brreg.no does, from recorded files: 404 for what it never had, 410 for what
// has been removed.
func serve(t *testing.T, files fs.FS) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	handle := func(pattern, folder string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := fs.ReadFile(files, folder+"/"+r.PathValue("number")+".json")
			if err != nil {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json;charset=UTF-8")
			if strings.Contains(string(body), `"slettedato"`) {
				w.WriteHeader(http.StatusGone)
			}
			_, _ = w.Write(body)
		})
	}
	handle("GET /enhetsregisteret/api/enheter/{number}", "enheter")
	handle("GET /enhetsregisteret/api/enheter/{number}/roller", "roller")
	handle("GET /regnskapsregisteret/regnskap/{number}", "regnskap")
	handle("GET /frivillighetsregisteret/api/frivillige-organisasjoner/{number}", "frivillige")
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func overHTTP(t *testing.T, server *httptest.Server, options registry.HTTPOptions) *registry.Client {
	t.Helper()
	options.EntitiesURL = server.URL + "/enhetsregisteret/api"
	options.VoluntaryURL = server.URL + "/frivillighetsregisteret/api"
	options.AccountsURL = server.URL + "/regnskapsregisteret"
	options.Client, options.Now = server.Client(), noon
	if options.FirstDelay == 0 {
		options.FirstDelay = time.Millisecond
	}
	client, err := registry.NewHTTP(options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// withQuirks adds answers that are shaped like real ones but that no fictional enterprise has.
func withQuirks(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(recorded.Answers(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(recorded.Answers(), path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, fstest.MapFS{
		"enheter/312345678.json": {Data: []byte(`<html>Vedlikehold</html>`)},
		"enheter/312345679.json": {Data: []byte(`{"organisasjonsnummer":"312345670","navn":"EN ANNEN","organisasjonsform":{"kode":"AS"}}`)},
		"enheter/312345680.json": {Data: []byte(`{"organisasjonsnummer":"312345680","navn":"DATO AS","organisasjonsform":{"kode":"AS"},"vedtektsdato":"31.12.2018"}`)},
		"enheter/312345681.json": {Data: []byte(`{"organisasjonsnummer":"312345681","navn":"TVANG AS","organisasjonsform":{"kode":"AS"},
			"underTvangsavviklingEllerTvangsopplosning":true,"underAvvikling":null,"maalform":"nynorsk","vedtektsfestetFormaal":"Å prøve",
			"forretningsadresse":{"adresse":["Tyvholmen 1",null,null,""],"kommunenummer":"0301"},
			"postadresse":{"adresse":["Postboks 1"]}}`)},
		"enheter/312345682.json": {Data: []byte(`{"organisasjonsnummer":"312345682"}`)},
		"roller/312345681.json": {Data: []byte(`{"rollegrupper":[
			{"type":{"kode":"DELT"},"roller":[
				{"type":{"kode":"DTPR"},"enhet":{"organisasjonsnummer":"310000019","navn":["SPIREHAGEN","ARBEID AS"]},"avregistrert":false},
				{"type":{"kode":"DTPR"},"person":{"fodselsdato":"1970-01-02","navn":{"fornavn":"Gått","etternavn":"Av"}},"avregistrert":true},
				{"type":{"kode":"DTPR"},"person":{"fodselsdato":"1970-01-02","navn":{"fornavn":"Og","etternavn":"Gått"}},"fratraadt":true},
				{"type":{"kode":"DTPR"},"person":{"navn":{"fornavn":"Ola","mellomnavn":"Tenkt","etternavn":"Prøve"},"erDoed":true}},
				{"type":{"kode":"DTPR"}}]}]}`)},
		"regnskap/312345678.json": {Data: []byte(`[{"virksomhet":{"organisasjonsnummer":"312345678"},"regnskapsperiode":{"tilDato":""}}]`)},
		"regnskap/312345679.json": {Data: []byte(`[{"virksomhet":{"organisasjonsnummer":"312345670"},"regnskapsperiode":{"tilDato":"2018-12-31"}}]`)},
		"regnskap/312345681.json": {Data: []byte(`[
			{"regnskapstype":"KONSERN","virksomhet":{"organisasjonsnummer":"312345681"},"regnskapsperiode":{"tilDato":"2018-12-31"},"valuta":"NOK"},
			{"regnskapstype":"SELSKAP","virksomhet":{"organisasjonsnummer":"312345681"},"regnskapsperiode":{"fraDato":"2017-07-01","tilDato":"2018-06-30"},"valuta":"EUR",
			 "avviklingsregnskap":true,"revisjon":{"ikkeRevidertAarsregnskap":true},"eiendeler":{"sumEiendeler":null},
			 "egenkapitalGjeld":{"egenkapital":{"sumEgenkapital":-120.5}},"resultatregnskapResultat":{"driftsresultat":{"driftsinntekter":{"sumDriftsinntekter":0.0}}}}]`)},
		"regnskap/312345682.json":   {Data: []byte(`[]`)},
		"frivillige/312345681.json": {Data: []byte(`{"respons_klasse":"FrivilligOrganisasjonSlettet","organisasjonsnummer":"312345681"}`)},
		"frivillige/312345682.json": {Data: []byte(`{"organisasjonsnummer":"312345682","regnskapsrapportering":{"sistInnsendteAarsregnskap":{"regnskapsaar":2018}},
			"icnpoKategorier":[{"kategori":"b","icnpoNummer":"4100","rekkefoelge":2},{"kategori":"x","navn":"A","icnpoNummer":"6300","rekkefoelge":1}],"grasrotandel":{"deltarI":true}}`)},
	})
	return files
}

// The suite that both ways of asking must pass.
func TestRegistersAnswerAlikeOverHTTPAndFromFiles(t *testing.T) {
	files := withQuirks(t)
	clients := map[string]*registry.Client{
		"HTTP":     overHTTP(t, serve(t, files), registry.HTTPOptions{}),
		"recorded": registry.NewRecorded(files, noon),
	}
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			t.Run("facts", func(t *testing.T) { checkFacts(t, client) })
			t.Run("every fictional enterprise", func(t *testing.T) { checkFictional(t, client) })
			t.Run("absent enterprises", func(t *testing.T) { checkAbsent(t, client) })
			t.Run("conditions and quirks", func(t *testing.T) { checkQuirks(t, client) })
			t.Run("malformed answers", func(t *testing.T) { checkMalformed(t, client) })
			t.Run("roles", func(t *testing.T) { checkRoles(t, client) })
			t.Run("voluntary registry", func(t *testing.T) { checkVoluntary(t, client) })
			t.Run("accounts", func(t *testing.T) { checkAccounts(t, client) })
			t.Run("context", func(t *testing.T) { checkContext(t, client) })
		})
	}
}

func mustFacts(t *testing.T, client registry.Registers, number string) registry.Facts {
	t.Helper()
	facts, err := client.Facts(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func checkFacts(t *testing.T, client registry.Registers) {
	want := registry.Facts{
		OrganizationNumber: "310000051", Name: "Fjordspire AS (fiktiv)", FormCode: "AS", FormDescription: "Aksjeselskap",
		MunicipalityNumber: "4640", MunicipalityName: "SOGNDAL", AddressLines: []string{"Utkastgata 6"},
		PostalCode: "6856", City: "SOGNDAL", RegisteredVoluntary: true, Language: "nn",
		StatutoryPurpose: []string{"Å gje menneske som fell utanfor arbeidslivet, arbeid og opplæring i hagebruk."},
		ArticlesDated:    calendar.Date{Year: 2013, Month: time.January, Day: 3},
		RegisteredOn:     calendar.Date{Year: 2012, Month: time.May, Day: 20},
		AsOf:             noon(),
	}
	if diff := cmp.Diff(want, mustFacts(t, client, "310000051")); diff != "" {
		t.Error(diff)
	}
}

func checkFictional(t *testing.T, client registry.Registers) {
	for _, e := range fictional.Enterprises() {
		facts := mustFacts(t, client, e.Number)
		if facts.Name != e.Name || facts.FormCode != e.FormCode || facts.RegisteredVoluntary != e.RegisteredVoluntary ||
			facts.Language != e.Place.Language || facts.MunicipalityNumber != e.Place.MunicipalityNumber ||
			facts.ArticlesDated != e.ArticlesDated || facts.Bankrupt || facts.UnderLiquidation {
			t.Errorf("facts %+v\nabout %+v", facts, e)
		}
		entry, err := client.Voluntary(t.Context(), e.Number)
		if err != nil || entry.Registered != e.RegisteredVoluntary {
			t.Errorf("%s: voluntary %+v, %v", e.Name, entry, err)
		}
		roles, err := client.Roles(t.Context(), e.Number)
		if err != nil || len(roles.Held) != len(e.People) {
			t.Errorf("%s: roles %+v, %v", e.Name, roles, err)
		}
	}
}

func checkAbsent(t *testing.T, client registry.Registers) {
	for _, ask := range []func() error{
		func() error { _, err := client.Facts(t.Context(), "319999999"); return err },
		func() error { _, err := client.Roles(t.Context(), "319999999"); return err },
	} {
		if err := ask(); !errors.Is(err, registry.ErrNeverExisted) {
			t.Errorf("error %v, want ErrNeverExisted", err)
		}
	}
	_, err := client.Facts(t.Context(), "390000014")
	removed, ok := errors.AsType[*registry.RemovedError](err)
	if !ok || removed.Deleted.String() != "2017-11-09" || removed.OrganizationNumber != "390000014" {
		t.Errorf("error %v, want removed on 2017-11-09", err)
	}
	for _, number := range []string{"", "31000005", "3100000510", "../310000", "31000005x", "٣١٠٠٠٠٠٥١"} {
		if _, err := client.Facts(t.Context(), number); !errors.Is(err, registry.ErrRefused) {
			t.Errorf("number %q: error %v, want ErrRefused", number, err)
		}
	}
}

func checkQuirks(t *testing.T, client registry.Registers) {
	if facts := mustFacts(t, client, "390000022"); !facts.Bankrupt || facts.UnderLiquidation {
		t.Errorf("%+v is not only bankrupt", facts)
	}
	if facts := mustFacts(t, client, "390000030"); facts.Bankrupt || !facts.UnderLiquidation {
		t.Errorf("%+v is not only under liquidation", facts)
	}
	want := registry.Facts{
		OrganizationNumber: "390000049", Name: "Uten Adresse (fiktiv)", FormCode: "FLI", FormDescription: "Forening/lag/innretning",
		MunicipalityNumber: "0301", MunicipalityName: "OSLO", PostalCode: "0187", City: "OSLO",
		RegisteredVoluntary: true, Language: "nb", AsOf: noon(),
	}
	if diff := cmp.Diff(want, mustFacts(t, client, "390000049")); diff != "" {
		t.Errorf("nulls and empty texts:\n%s", diff)
	}
	want = registry.Facts{
		OrganizationNumber: "312345681", Name: "TVANG AS", FormCode: "AS", MunicipalityNumber: "0301", AddressLines: []string{"Tyvholmen 1"},
		UnderLiquidation: true, Language: "nn", StatutoryPurpose: []string{"Å prøve"}, AsOf: noon(),
	}
	if diff := cmp.Diff(want, mustFacts(t, client, "312345681")); diff != "" {
		t.Errorf("forced dissolution:\n%s", diff)
	}
}

func checkMalformed(t *testing.T, client registry.Registers) {
	for number, what := range map[string]string{
		"312345678": "HTML", "312345679": "an answer about another enterprise", "312345680": "a date in another form", "312345682": "an answer without a name",
	} {
		if facts, err := client.Facts(t.Context(), number); !errors.Is(err, registry.ErrMalformed) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", what, facts, err)
		}
	}
}

func checkRoles(t *testing.T, client registry.Registers) {
	roles, err := client.Roles(t.Context(), "310000019")
	if err != nil {
		t.Fatal(err)
	}
	date := func(year int, month time.Month, day int) calendar.Date {
		return calendar.Date{Year: year, Month: month, Day: day}
	}
	want := registry.Roles{AsOf: noon(), Held: []registry.Role{
		{GroupCode: "DAGL", Code: "DAGL", Description: "Daglig leder", Name: "Amina Askespire", BirthDate: date(1956, time.March, 4)},
		{GroupCode: "STYR", Code: "LEDE", Description: "Styrets leder", Name: "Bjørn Einerbar", BirthDate: date(1977, time.November, 8)},
		{GroupCode: "STYR", Code: "MEDL", Description: "Styremedlem", Name: "Cecilie Havrestrå", BirthDate: date(1999, time.July, 15)},
	}}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Error(diff)
	}
	roles, err = client.Roles(t.Context(), "312345681")
	if err != nil {
		t.Fatal(err)
	}
	want = registry.Roles{AsOf: noon(), Held: []registry.Role{
		{GroupCode: "DELT", Code: "DTPR", Name: "SPIREHAGEN ARBEID AS", OrganizationNumber: "310000019"},
		{GroupCode: "DELT", Code: "DTPR", Name: "Ola Tenkt Prøve", Deceased: true},
	}}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Errorf("roles of enterprises, and ended ones:\n%s", diff)
	}
}

func checkVoluntary(t *testing.T, client registry.Registers) {
	tests := map[string]registry.Voluntary{
		"319999999": {AsOf: noon()},
		"312345681": {AsOf: noon()}, // removed from it
		"312345682": {
			Registered: true, GrassrootsShare: true, LastAccountsYear: 2018, AsOf: noon(),
			Categories: []registry.Category{{Number: "6300", Name: "A"}, {Number: "4100", Name: "b"}},
		},
		"310000019": {
			Registered: true, RegisteredOn: calendar.Date{Year: 2012, Month: time.February, Day: 18}, AsOf: noon(),
			Categories: []registry.Category{{Number: "6300", Name: "Sysselsetting og opplæring"}, {Number: "4100", Name: "Sosiale tjenester"}},
		},
	}
	for number, want := range tests {
		got, err := client.Voluntary(t.Context(), number)
		if err != nil {
			t.Errorf("%s: %v", number, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", number, diff)
		}
	}
}

func checkContext(t *testing.T, client registry.Registers) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Facts(ctx, "310000051"); !errors.Is(err, context.Canceled) || errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("error %v after cancelling, want only context.Canceled", err)
	}
}

func checkAccounts(t *testing.T, client *registry.Client) {
	ore := func(amount int64) *int64 { return &amount }
	date := func(year int, month time.Month, day int) calendar.Date {
		return calendar.Date{Year: year, Month: month, Day: day}
	}
	tests := map[string]struct {
		year  int
		want  registry.Accounts
		found bool
	}{
		"310000019": {2019, registry.Accounts{
			From: date(2019, time.January, 1), To: date(2019, time.December, 31), Currency: "NOK", AuditOptedOut: true,
			SalesOre: ore(42_000_000), RevenueOre: ore(142_000_000), WagesOre: ore(90_000_000), OperatingCostOre: ore(136_000_000),
			OperatingResultOre: ore(6_000_000), ResultOre: ore(6_150_000), BankOre: ore(24_000_000), CurrentAssetsOre: ore(29_000_000),
			TotalAssetsOre: ore(35_000_000), EquityOre: ore(25_000_000), DebtOre: ore(10_000_000), CurrentLiabilitiesOre: ore(7_000_000), AsOf: noon(),
		}, true},
		"312345681": {2018, registry.Accounts{
			From: date(2017, time.July, 1), To: date(2018, time.June, 30), Currency: "EUR", Liquidation: true, Unaudited: true,
			EquityOre: ore(-12_050), RevenueOre: ore(0), AsOf: noon(),
		}, true},
		"312345682": {2018, registry.Accounts{}, false},
		"319999999": {2019, registry.Accounts{}, false},
	}
	for number, tt := range tests {
		got, found, err := client.Accounts(t.Context(), number, tt.year)
		if err != nil || found != tt.found {
			t.Errorf("%s: found %v, %v", number, found, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", number, diff)
		}
	}
	if _, found, err := client.Accounts(t.Context(), "310000019", 2018); found || err != nil {
		t.Errorf("accounts of another year: %v, %v", found, err)
	}
	for number, what := range map[string]string{"312345678": "accounts without a period", "312345679": "accounts of another enterprise"} {
		if _, _, err := client.Accounts(t.Context(), number, 2018); !errors.Is(err, registry.ErrMalformed) {
			t.Errorf("%s: %v; want ErrMalformed", what, err)
		}
	}
}
