package enterprise_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise"
)

func readReportFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// reportFiles returns the report's files, with the given replacements (old, new, old, new ...).
func reportFiles(t *testing.T, oldnew ...string) enterprise.Files {
	t.Helper()
	replacer := strings.NewReplacer(oldnew...)
	open := func(name string) *strings.Reader { return strings.NewReader(replacer.Replace(readReportFile(t, name))) }
	return enterprise.Files{
		Enterprises: open(enterprise.EnterprisesFile),
		NavUnits:    open(enterprise.NavUnitsFile),
		Relations:   open(enterprise.RelationsFile),
	}
}

// counts returns the outcomes of each file.
func counts(r enterprise.ImportReport) map[string]int {
	found := map[string]int{}
	for _, row := range r.Rows {
		found[row.File+" "+string(row.Outcome)]++
	}
	return found
}

func TestImportingTwiceChangesNothing(t *testing.T) {
	h := newHouse(t)
	first, err := enterprise.Import(t.Context(), h.pool, reportFiles(t), morning)
	if err != nil || !first.Complete() {
		t.Fatalf("%v, %v", counts(first), err)
	}
	want := map[string]int{"enterprises.csv added": 52, "nav_units.csv added": 19, "relations.csv added": 5}
	if diff := cmp.Diff(want, counts(first)); diff != "" {
		t.Error(diff)
	}
	second, err := enterprise.Import(t.Context(), h.pool, reportFiles(t), morning.AddDate(0, 0, 1))
	if err != nil || !second.Complete() {
		t.Fatalf("%v, %v", counts(second), err)
	}
	want = map[string]int{"enterprises.csv unchanged": 52, "nav_units.csv unchanged": 19, "relations.csv unchanged": 5}
	if diff := cmp.Diff(want, counts(second)); diff != "" {
		t.Error(diff)
	}
	if n := count(t, h.pool, `SELECT count(*) FROM audit_event WHERE actor_id = 'system'`); n != 76 {
		t.Errorf("%d events, want one for each of the 76 rows", n)
	}
}

func TestTheRegisterSaysWhatTheReportSays(t *testing.T) {
	h := newHouse(t)
	if _, err := enterprise.Import(t.Context(), h.pool, reportFiles(t), morning); err != nil {
		t.Fatal(err)
	}
	officer := asStaff(t, saakornv1.Role_ROLE_CASE_OFFICER)
	id := enterprise.EnterpriseID("SE50").String()
	got, err := h.server.GetEnterprise(officer, &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		t.Fatal(err)
	}
	e := got.GetEnterprise()
	if e.GetName() != "Vintage Baby" || e.GetStatedForm() != "Forening" || e.GetFormCode() != "" || e.GetOrganizationNumber() != "" ||
		!cmp.Equal(e.GetStatedGrantYears(), []int32{2016, 2019}) || e.GetRegistryCheckedAt() != nil {
		t.Errorf("SE50 is %+v", e)
	}
	var units []*saakornv1.NavUnit
	request := &saakornv1.ListNavUnitsRequest{PageSize: 7}
	for {
		answer, err := h.server.ListNavUnits(as(t, "entrepreneur-01"), request)
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, answer.GetNavUnits()...)
		if request.PageToken = answer.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	stated := map[string]int32{}
	for _, u := range units {
		if u.StatedRelations != nil {
			stated[u.GetName()] = u.GetStatedRelations()
		}
	}
	want := map[string]int32{"Arbeids- og velferdsdirektoratet": 29, "Nav Vestfold og Telemark": 1, "Nav Sandefjord": 8}
	if diff := cmp.Diff(want, stated); diff != "" || len(units) != 19 {
		t.Errorf("%d units; stated relations: %s", len(units), diff)
	}
	relations, err := h.server.ListRelations(officer, &saakornv1.ListRelationsRequest{EnterpriseId: id})
	if err != nil {
		t.Fatal(err)
	}
	if r := relations.GetRelations(); len(r) != 1 || r[0].GetNavUnitName() != "Nav Sandefjord" || len(r[0].GetTypes()) != 2 ||
		r[0].GetTypes()[0] != saakornv1.CollaborationType_COLLABORATION_TYPE_SUPPLIER {
		t.Errorf("relations of SE50: %+v", r)
	}
	known := enterprise.NavUnitID("NU14")
	for ids, want := range map[*[]uuid.UUID]bool{{}: true, {known, known}: true, {known, uuid.New()}: false} {
		if got, err := h.store.NavUnitsExist(t.Context(), *ids); err != nil || got != want {
			t.Errorf("NavUnitsExist(%v) = %t, %v", *ids, got, err)
		}
	}
}

func TestAChangedRowIsToldApart(t *testing.T) {
	h := newHouse(t)
	if _, err := enterprise.Import(t.Context(), h.pool, reportFiles(t), morning); err != nil {
		t.Fatal(err)
	}
	report, err := enterprise.Import(t.Context(), h.pool, reportFiles(t, "Vintage Baby", "Vintage Baby Sandefjord"), morning)
	if err != nil {
		t.Fatal(err)
	}
	if report.Count(enterprise.EnterprisesFile, enterprise.RowChanged) != 1 || report.Count(enterprise.EnterprisesFile, enterprise.RowUnchanged) != 51 {
		t.Errorf("%v", counts(report))
	}
	var before, after string
	err = h.pool.QueryRow(t.Context(), `SELECT before->>'Name', after->>'Name' FROM audit_event WHERE subject_id = $1 ORDER BY id DESC LIMIT 1`,
		enterprise.EnterpriseID("SE50")).Scan(&before, &after)
	if err != nil || before != "Vintage Baby" || after != "Vintage Baby Sandefjord" {
		t.Errorf("the event says that %q became %q, %v", before, after, err)
	}
}

func TestABrokenRowHoldsBackItsFileAndTheRelations(t *testing.T) {
	h := newHouse(t)
	report, err := enterprise.Import(t.Context(), h.pool, reportFiles(t, "SE02,Asylet,yes", "SE02,Asylet,perhaps", "SE04,Bårstua,", "SE04,,"), morning)
	if err != nil || report.Complete() {
		t.Fatalf("%v, %v", counts(report), err)
	}
	want := map[string]int{
		"enterprises.csv broken": 2, "enterprises.csv held back": 50,
		"nav_units.csv added":     19,
		"relations.csv held back": 5,
	}
	if diff := cmp.Diff(want, counts(report)); diff != "" {
		t.Error(diff)
	}
	if n := count(t, h.pool, `SELECT (SELECT count(*) FROM enterprise) + (SELECT count(*) FROM relation)`); n != 0 {
		t.Errorf("%d rows of the files were loaded", n)
	}
	var printed bytes.Buffer
	if err := report.Print(&printed); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"enterprises.csv:3 SE02: broken: listed_in_report (line 3, column ",
		"enterprises.csv:5 SE04: broken: name (line 5, column ",
		"enterprises.csv: 0 added, 0 changed, 0 unchanged, 2 broken, 50 held back\n",
		"nav_units.csv: 19 added, 0 changed, 0 unchanged, 0 broken, 0 held back\n",
	} {
		if !strings.Contains(printed.String(), line) {
			t.Errorf("what is printed does not say %q:\n%s", line, printed.String())
		}
	}
}

func TestAFileThatCannotBeReadLoadsNothing(t *testing.T) {
	h := newHouse(t)
	if _, err := enterprise.Import(t.Context(), h.pool, reportFiles(t, "name_in_report", "name"), morning); err == nil {
		t.Error("a file with an unknown column was imported")
	}
	files := reportFiles(t)
	files.Relations = nil
	if _, err := enterprise.Import(t.Context(), h.pool, files, morning); err == nil {
		t.Error("a report without relations was imported")
	}
	if n := count(t, h.pool, `SELECT (SELECT count(*) FROM enterprise) + (SELECT count(*) FROM nav_unit)`); n != 0 {
		t.Errorf("%d rows were loaded", n)
	}
}
