package enterprise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func openReport(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "deploy", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func readReport(t *testing.T) ([]ReportEnterprise, []ReportNavUnit, []ReportRelation) {
	t.Helper()
	enterprises, enterpriseRows, err := ReadEnterprises(openReport(t, EnterprisesFile))
	if err != nil {
		t.Fatal(err)
	}
	units, unitRows, err := ReadNavUnits(openReport(t, NavUnitsFile))
	if err != nil {
		t.Fatal(err)
	}
	relations, relationRows, err := ReadRelations(openReport(t, RelationsFile), enterprises, units)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]RowResult{enterpriseRows, unitRows, relationRows} {
		for _, result := range rows {
			if result.Outcome != RowRead || result.Key == "" {
				t.Error(result)
			}
		}
	}
	return enterprises, units, relations
}

func findRow[T any](t *testing.T, values []T, match func(T) bool) T {
	t.Helper()
	for _, value := range values {
		if match(value) {
			return value
		}
	}
	t.Fatal("no such row")
	return *new(T)
}

func TestTheReportsFilesAreReadWhole(t *testing.T) {
	enterprises, units, relations := readReport(t)
	if len(enterprises) != 52 || len(units) != 19 || len(relations) != 5 {
		t.Errorf("%d enterprises, %d units, %d relations; the report has 52, 19 and names 5", len(enterprises), len(units), len(relations))
	}
	cases, listed, oslo, levels := 0, 0, 0, map[string]int{}
	for _, e := range enterprises {
		if e.CaseStudy {
			cases++
		}
	}
	for _, u := range units {
		if u.ListedInReport {
			listed++
		}
		if u.OsloDistrictGroup {
			oslo++
		}
		levels[u.Level]++
	}
	// Six cases, two of which are not in the list; nine Oslo units; one name is missing in the list.
	if cases != 4 || listed != 18 || oslo != 9 {
		t.Errorf("%d cases, %d listed units, %d in Oslo; want 4, 18 and 9", cases, listed, oslo)
	}
	if diff := cmp.Diff(map[string]int{"CENTRAL": 1, "REGIONAL": 1, "LOCAL": 17}, levels); diff != "" {
		t.Error(diff)
	}
}

func TestRowsCarryExactlyWhatTheReportSays(t *testing.T) {
	enterprises, units, relations := readReport(t)
	vintage := findRow(t, enterprises, func(e ReportEnterprise) bool { return e.ReportKey == "SE50" })
	want := ReportEnterprise{
		ID: EnterpriseID("SE50"), ReportKey: "SE50", Name: "Vintage Baby", StatedForm: "Forening",
		StatedLocation: "Sandefjord; mindre prosjekter andre steder", StatedTargetGroup: "Innvandrerkvinner",
		StatedGrantYears: []int32{2016, 2019},
		Note:             "Kafé, sytjenester, kantine, catering, renhold; språkopplæring og arbeidspraksis",
		Source:           "AFI-rapport 2020:10 s. 23; tabell 1 s. 26-28", ListedInReport: true, CaseStudy: true,
	}
	if diff := cmp.Diff(want, vintage); diff != "" {
		t.Error(diff)
	}
	barstua := findRow(t, enterprises, func(e ReportEnterprise) bool { return e.Name == "Bårstua" })
	if diff := cmp.Diff(ReportEnterprise{
		ID: EnterpriseID("SE04"), ReportKey: "SE04", Name: "Bårstua", Source: "AFI-rapport 2020:10 s. 23", ListedInReport: true,
	}, barstua); diff != "" {
		t.Errorf("what the report leaves open was filled in:\n%s", diff)
	}
	sandefjord := findRow(t, units, func(u ReportNavUnit) bool { return u.Name == "Nav Sandefjord" })
	eight := int32(8)
	if diff := cmp.Diff(ReportNavUnit{
		ID: NavUnitID("NU14"), ReportKey: "NU14", UnitNumber: "0710", Name: "Nav Sandefjord", Level: "LOCAL", NORGType: "LOKAL",
		StatedRelations: &eight, ListedInReport: true, Note: "8 samarbeidsrelasjoner (s. 24); metodesamarbeid med Vintage Baby",
		Source: "AFI-rapport 2020:10 s. 23", UnitNumberStatus: "CONFIRMED",
	}, sandefjord); diff != "" {
		t.Error(diff)
	}
	relation := findRow(t, relations, func(r ReportRelation) bool { return r.EnterpriseKey == "SE50" })
	if diff := cmp.Diff(ReportRelation{
		EnterpriseID: vintage.ID, NavUnitID: sandefjord.ID, Types: []string{"SUPPLIER", "DEVELOPMENT"},
		Period:      "tiltaksavtale til og med 2019, fra 2019 supplert av metodesamarbeid",
		Description: "Språkopplæring og arbeidspraksis med betaling per deltaker; felles fagutvikling",
		Source:      "AFI-rapport 2020:10 tabell 1 s. 26; s. 26-28; kap. 4.1 s. 45-47", EnterpriseKey: "SE50", NavUnitKey: "NU14",
	}, relation, cmpopts.IgnoreFields(ReportRelation{}, "ID")); diff != "" {
		t.Error(diff)
	}
}

func TestTheFiveNamedRelationsAreThere(t *testing.T) {
	enterprises, units, relations := readReport(t)
	var got []string
	for _, r := range relations {
		enterprise := findRow(t, enterprises, func(e ReportEnterprise) bool { return e.ID == r.EnterpriseID })
		unit := findRow(t, units, func(u ReportNavUnit) bool { return u.ID == r.NavUnitID })
		got = append(got, enterprise.Name+" – "+unit.Name)
	}
	want := []string{
		"KREM – Nav Bjerke", "KREM – Nav Ullern", "Moving Mamas – Nav Grorud", "Sisters in Business – Nav Asker",
		"Vintage Baby – Nav Sandefjord",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const (
	enterpriseHeader = "id,name,listed_in_report,legal_form,location,target_group,directorate_grant_years,is_case_study,place_in_name,note,source\n"
	unitHeader       = "id,name_in_report,level,listed_in_report,stated_relations,is_oslo_district_group,enhet_nr_external,norg2_type_external,enhet_nr_status,note,source\n"
	relationHeader   = "enterprise_id,nav_unit_id,types,period,description,source\n"
	goodEnterprise   = "SE01,Prøve,yes,,,,2018,no,,,s. 1\n"
	goodUnit         = "NU01,Nav Prøve,lokalt,yes,,no,0301,LOKAL,CONFIRMED,,s. 1\n"
)

func TestBrokenRowsAreReportedWithPlaceAndRemedy(t *testing.T) {
	readEnterprises := func(text string) (int, []RowResult, error) {
		values, results, err := ReadEnterprises(strings.NewReader(text))
		return len(values), results, err
	}
	readUnits := func(text string) (int, []RowResult, error) {
		values, results, err := ReadNavUnits(strings.NewReader(text))
		return len(values), results, err
	}
	readRelations := func(text string) (int, []RowResult, error) {
		values, results, err := ReadRelations(strings.NewReader(text),
			[]ReportEnterprise{{ReportKey: "SE01", ID: EnterpriseID("SE01")}}, []ReportNavUnit{{ReportKey: "NU01", ID: NavUnitID("NU01")}})
		return len(values), results, err
	}
	tests := []struct {
		name  string
		read  func(string) (int, []RowResult, error)
		text  string
		line  int
		key   string
		wants []string
	}{
		{"no name", readEnterprises, enterpriseHeader + "SE02,,yes,,,,,no,,,s. 1\n" + goodEnterprise, 2, "SE02",
			[]string{"name (line 2, column 6): it is empty: fill it in"}},
		{"neither yes nor no", readEnterprises, enterpriseHeader + goodEnterprise + "SE02,B,ja,,,,,no,,,s. 1\n", 3, "SE02",
			[]string{`listed_in_report (line 3, column 8): "ja" is neither yes nor no`}},
		{"several problems at once", readEnterprises, enterpriseHeader + goodEnterprise + "SE 2,B,yes,,,,til og med 2018;18,no,,,\n", 3, "SE 2",
			[]string{`"SE 2" has a space`, `"til og med 2018" is not a year`, `"18" is not a year`, "source (line 3"}},
		{"a year twice", readEnterprises, enterpriseHeader + goodEnterprise + "SE02,B,yes,,,,2018;2018,no,,,s. 1\n", 3, "SE02",
			[]string{`"2018" is there twice`}},
		{"too few columns", readEnterprises, enterpriseHeader + "SE02,B,yes\n" + goodEnterprise, 2, "",
			[]string{"3 columns, not 11"}},
		{"too many columns", readEnterprises, enterpriseHeader + "SE02,B,yes,,,,,no,,,s. 1, 2\n" + goodEnterprise, 2, "",
			[]string{"12 columns, not 11", "in quotes"}},
		{"a stray quotation mark", readEnterprises, enterpriseHeader + "SE02,B \"b\",yes,,,,,no,,,s. 1\n" + goodEnterprise, 2, "",
			[]string{"line 2, column 8", "double each quote"}},
		{"a text over two lines before it", readEnterprises, enterpriseHeader + "SE01,A,yes,,,,,no,,\"to\nlinjer\",s. 1\nSE02,B,x,,,,,no,,,s. 1\n", 4, "SE02",
			[]string{"listed_in_report (line 4, column 8)"}},
		{"the same key again", readEnterprises, enterpriseHeader + goodEnterprise + goodEnterprise, 3, "SE01",
			[]string{"line 2 has the same id"}},
		{"a NUL character", readEnterprises, enterpriseHeader + goodEnterprise + "SE02,B,yes,,,,,no,,a\x00b,s. 1\n", 3, "SE02",
			[]string{"note (line 3, column 20): there is a NUL character"}},
		{"an unknown level", readUnits, unitHeader + goodUnit + "NU02,Nav B,kommunalt,yes,,no,,LOKAL,CONFIRMED,,s. 1\n", 3, "NU02",
			[]string{`"kommunalt" is unknown: write one of lokalt, regionalt, sentralt`}},
		{"a unit number without its zero", readUnits, unitHeader + goodUnit + "NU02,Nav B,lokalt,yes,,no,326,LOKAL,CONFIRMED,,s. 1\n", 3, "NU02",
			[]string{`"326" is not a unit number`, "zeros in front"}},
		{"a count that is none", readUnits, unitHeader + goodUnit + "NU02,Nav B,lokalt,yes,mange,no,,LOKAL,UNCONFIRMED,,s. 1\n", 3, "NU02",
			[]string{`"mange" is not a count`}},
		{"an enterprise nobody knows", readRelations, relationHeader + "SE01,NU01,utvikling,,,s. 1\nSE99,NU01,,,,s. 1\n", 3, "SE99 NU01 s. 1",
			[]string{`enterprise_id (line 3, column 1): "SE99" is not the id of a row that was read from enterprises.csv`}},
		{"an unknown type", readRelations, relationHeader + "SE01,NU01,utvikling,,,s. 1\nSE01,NU01,tilskudd;sponsor,,,s. 2\n", 3, "SE01 NU01 s. 2",
			[]string{`"sponsor" is unknown`, "leverandør"}},
		{"the same relation from the same source", readRelations, relationHeader + "SE01,NU01,utvikling,,,s. 1\nSE01,NU01,tilskudd,,,s. 1\n", 3, "SE01 NU01 s. 1",
			[]string{"line 2 has the same enterprise_id, nav_unit_id, source"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count, results, err := test.read(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if count != 1 || len(results) != 2 {
				t.Fatalf("%d rows used, outcomes %v; want one of two rows used", count, results)
			}
			for _, result := range results {
				if result.Line != test.line {
					if result.Outcome != RowRead {
						t.Errorf("the good row was not read: %v", result)
					}
					continue
				}
				if result.Outcome != RowBroken || result.Key != test.key {
					t.Errorf("outcome %v, want the row %q broken", result, test.key)
				}
				for _, want := range test.wants {
					if !strings.Contains(result.Message, want) {
						t.Errorf("message %q\nlacks %q", result.Message, want)
					}
				}
			}
		})
	}
}

func TestAFileThatIsNotOursIsRefused(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"empty":            {"", "it is empty"},
		"unknown column":   {strings.Replace(enterpriseHeader, "note", "merknad", 1), `unknown column "merknad"`},
		"missing column":   {strings.Replace(enterpriseHeader, "note,", "", 1), "the column note is missing"},
		"column twice":     {strings.Replace(enterpriseHeader, "note", "name", 1), "the column name is there twice"},
		"Latin-1":          {enterpriseHeader + goodEnterprise + "SE02,B\xe5rstua,yes,,,,,no,,,s. 1\n", "enterprises.csv:3: this line is not UTF-8"},
		"UTF-16":           {"\xff\xfei\x00d\x00", "enterprises.csv:1: this line is not UTF-8"},
		"semicolon for ,":  {strings.ReplaceAll(enterpriseHeader, ",", ";"), "unknown column"},
		"broken header":    {"id,\"name\n", "header"},
		"larger than ours": {enterpriseHeader + strings.Repeat("\n", maxReportFile), "larger than 8 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			values, _, err := ReadEnterprises(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || values != nil {
				t.Errorf("%d rows, error %v; want %q", len(values), err, test.want)
			}
		})
	}
}

func TestByteOrderMarkLineEndsAndColumnOrderDoNotMatter(t *testing.T) {
	content, err := os.ReadFile(openReport(t, EnterprisesFile).Name())
	if err != nil {
		t.Fatal(err)
	}
	unix := strings.ReplaceAll(string(content), "\r\n", "\n")
	windows := "\ufeff" + strings.ReplaceAll(unix, "\n", "\r\n")
	plain, _, err := ReadEnterprises(strings.NewReader(unix))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ReadEnterprises(strings.NewReader(windows))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, got); diff != "" {
		t.Error(diff)
	}
	reordered := "source,note,place_in_name,is_case_study,directorate_grant_years,target_group,location,legal_form,listed_in_report,name,id\n" +
		"s. 1,,,no,2018,,,,yes,Prøve,SE01\n"
	straight, _, err := ReadEnterprises(strings.NewReader(enterpriseHeader + goodEnterprise))
	if err != nil {
		t.Fatal(err)
	}
	turned, _, err := ReadEnterprises(strings.NewReader(reordered))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(straight, turned); diff != "" {
		t.Error(diff)
	}
}

func TestIdentifiersStayTheSame(t *testing.T) {
	// Stored rows carry these: a change here would import everything a second time.
	if got := EnterpriseID("SE01"); got != uuid.MustParse("947a2184-6bd9-5b47-ac11-3c89941df099") {
		t.Errorf("EnterpriseID(SE01) = %s", got)
	}
	if got := NavUnitID("NU01"); got != uuid.MustParse("98af1dd1-c31c-5840-87bd-38a9d001c49a") {
		t.Errorf("NavUnitID(NU01) = %s", got)
	}
	if got := RelationID("SE22", "NU05", "AFI-rapport 2020:10 s. 28"); got != uuid.MustParse("52371deb-a2b0-5f6f-9e6a-0c1fd5a64355") {
		t.Errorf("RelationID = %s", got)
	}
}

func TestDifferentRowsHaveDifferentIdentifiers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[a:"\\]{0,3}`), 3, 3)
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := cmp.Equal(a, b)
		if got := RelationID(a[0], a[1], a[2]) == RelationID(b[0], b[1], b[2]); got != same {
			t.Fatalf("%q and %q: same identifier %t", a, b, got)
		}
	})
	if EnterpriseID("X") == NavUnitID("X") {
		t.Error("an enterprise and a unit share an identifier")
	}
}

func FuzzReadEnterprises(f *testing.F) {
	f.Add([]byte(enterpriseHeader + goodEnterprise))
	f.Add([]byte(enterpriseHeader + "SE02,\"B\n"))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(enterpriseHeader+goodEnterprise, "\n", "\r\n")))
	f.Add([]byte(enterpriseHeader + "\"SE\"02,,,\n,\n\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		values, results, err := ReadEnterprises(strings.NewReader(string(content)))
		if err != nil {
			return
		}
		read, keys := 0, map[string]bool{}
		for _, result := range results {
			if (result.Outcome == RowBroken) != (result.Message != "") || result.Line < 2 {
				t.Fatalf("outcome %+v", result)
			}
			if result.Outcome == RowRead {
				read++
			}
		}
		for _, value := range values {
			if keys[value.ReportKey] || value.Name == "" || value.Source == "" {
				t.Fatalf("row %+v was used", value)
			}
			keys[value.ReportKey] = true
		}
		if read != len(values) {
			t.Fatalf("%d rows used, %d reported as read", len(values), read)
		}
	})
}
