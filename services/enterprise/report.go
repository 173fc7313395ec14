package enterprise

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Names of the files that the readers below expect; outcomes name them.
const (
	EnterprisesFile = "enterprises.csv"
	NavUnitsFile    = "nav_units.csv"
	RelationsFile   = "relations.csv"
)

// ReportEnterprise is one enterprise as a report words it. The fields up to Source are the columns
// of the table enterprise; the report gives no organisation numbers.
type ReportEnterprise struct {
	// ID follows from ReportKey alone, see [EnterpriseID].
	ID        uuid.UUID
	ReportKey string // for example "SE30"
	Name      string
	// StatedForm, StatedLocation and StatedTargetGroup are empty where the report is silent.
	StatedForm        string
	StatedLocation    string
	StatedTargetGroup string
	// StatedGrantYears are the years of grants from the directorate, in the report's order.
	StatedGrantYears []int32
	Note             string
	Source           string // report and page

	// ListedInReport, CaseStudy and PlaceInName are carried from the file; no table has a column
	// for them.
	ListedInReport bool
	CaseStudy      bool
	PlaceInName    string
}

// ReportNavUnit is one Nav unit as a report words it. The fields up to Source are the columns of
// the table nav_unit.
type ReportNavUnit struct {
	// ID follows from ReportKey alone, see [NavUnitID].
	ID         uuid.UUID
	ReportKey  string // for example "NU14"
	UnitNumber string // in NORG2, with leading zeros; empty when not known
	Name       string
	Level      string // CENTRAL, REGIONAL or LOCAL
	NORGType   string // type in NORG2, for example LOKAL
	// StatedRelations is how many relations the report states for the unit, nil when it does not say.
	StatedRelations *int32
	ListedInReport  bool
	Note            string
	Source          string // report and page

	// OsloDistrictGroup and UnitNumberStatus are carried from the file; no table has a column for
	// them. UnitNumberStatus is CONFIRMED or UNCONFIRMED.
	OsloDistrictGroup bool
	UnitNumberStatus  string
}

// ReportRelation is one relation between an enterprise and a Nav unit that the report names. The
// fields up to Source are the columns of the table relation.
type ReportRelation struct {
	// ID follows from the two keys and Source, see [RelationID].
	ID           uuid.UUID
	EnterpriseID uuid.UUID
	NavUnitID    uuid.UUID
	// Types are collaboration types of chapter 4.1: GRANT, SUPPLIER, EMPLOYMENT, DEVELOPMENT.
	Types       []string
	Period      string // as the source words it
	Description string
	Source      string // report and page

	EnterpriseKey string
	NavUnitKey    string
}

// EnterpriseID returns the identifier that an enterprise of AFI-rapport 2020:10 always gets, so
// that the import can be repeated.
func EnterpriseID(reportKey string) uuid.UUID { return reportID("enterprise", reportKey) }

// NavUnitID returns the identifier that a Nav unit of AFI-rapport 2020:10 always gets.
func NavUnitID(reportKey string) uuid.UUID { return reportID("nav-unit", reportKey) }

// RelationID returns the identifier that a relation of AFI-rapport 2020:10 always gets. A pair may
// have one relation per source.
func RelationID(enterpriseKey, navUnitKey, source string) uuid.UUID {
	return reportID("relation", enterpriseKey, navUnitKey, source)
}

// reportID names a row by a URN and hashes it (RFC 9562, version 5). Each part is quoted, so that
// no two lists of parts make the same URN.
func reportID(kind string, parts ...string) uuid.UUID {
	urn := []byte("urn:saakorn:afi-2020-10:" + kind)
	for _, part := range parts {
		urn = strconv.AppendQuote(append(urn, ':'), part)
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, urn)
}

// ReadEnterprises reads enterprises.csv. Every row has an outcome; rows that cannot be used are
// broken and left out. The error is for a file that cannot be read as such: not CSV, not UTF-8,
// missing or unknown columns.
func ReadEnterprises(r io.Reader) ([]ReportEnterprise, []RowResult, error) {
	return readTable(r, EnterprisesFile, []string{"id"}, []string{
		"id", "name", "listed_in_report", "legal_form", "location", "target_group",
		"directorate_grant_years", "is_case_study", "place_in_name", "note", "source",
	}, func(w *row) ReportEnterprise {
		key := w.key("id")
		return ReportEnterprise{
			ID:                EnterpriseID(key),
			ReportKey:         key,
			Name:              w.required("name"),
			StatedForm:        w.text("legal_form"),
			StatedLocation:    w.text("location"),
			StatedTargetGroup: w.text("target_group"),
			StatedGrantYears:  w.years("directorate_grant_years"),
			Note:              w.text("note"),
			Source:            w.required("source"),
			ListedInReport:    w.yesNo("listed_in_report"),
			CaseStudy:         w.yesNo("is_case_study"),
			PlaceInName:       w.text("place_in_name"),
		}
	})
}

// ReadNavUnits reads nav_units.csv; outcomes and error as for [ReadEnterprises].
func ReadNavUnits(r io.Reader) ([]ReportNavUnit, []RowResult, error) {
	levels := map[string]string{"sentralt": "CENTRAL", "regionalt": "REGIONAL", "lokalt": "LOCAL"}
	statuses := map[string]string{"CONFIRMED": "CONFIRMED", "UNCONFIRMED": "UNCONFIRMED"}
	return readTable(r, NavUnitsFile, []string{"id"}, []string{
		"id", "name_in_report", "level", "listed_in_report", "stated_relations", "is_oslo_district_group",
		"enhet_nr_external", "norg2_type_external", "enhet_nr_status", "note", "source",
	}, func(w *row) ReportNavUnit {
		key := w.key("id")
		return ReportNavUnit{
			ID:                NavUnitID(key),
			ReportKey:         key,
			UnitNumber:        w.unitNumber("enhet_nr_external"),
			Name:              w.required("name_in_report"),
			Level:             w.oneOf("level", levels),
			NORGType:          w.text("norg2_type_external"),
			StatedRelations:   w.count("stated_relations"),
			ListedInReport:    w.yesNo("listed_in_report"),
			Note:              w.text("note"),
			Source:            w.required("source"),
			OsloDistrictGroup: w.yesNo("is_oslo_district_group"),
			UnitNumberStatus:  w.oneOf("enhet_nr_status", statuses),
		}
	})
}

// ReadRelations reads relations.csv; outcomes and error as for [ReadEnterprises]. A row that names
// an enterprise or a unit that is not among the given ones is broken.
func ReadRelations(r io.Reader, enterprises []ReportEnterprise, units []ReportNavUnit) ([]ReportRelation, []RowResult, error) {
	enterpriseIDs := make(map[string]uuid.UUID, len(enterprises))
	for _, e := range enterprises {
		enterpriseIDs[e.ReportKey] = e.ID
	}
	unitIDs := make(map[string]uuid.UUID, len(units))
	for _, u := range units {
		unitIDs[u.ReportKey] = u.ID
	}
	types := map[string]string{
		"tilskudd": "GRANT", "leverandør": "SUPPLIER", "sysselsetting": "EMPLOYMENT", "utvikling": "DEVELOPMENT",
	}
	return readTable(r, RelationsFile, []string{"enterprise_id", "nav_unit_id", "source"}, []string{
		"enterprise_id", "nav_unit_id", "types", "period", "description", "source",
	}, func(w *row) ReportRelation {
		enterpriseKey, unitKey, source := w.key("enterprise_id"), w.key("nav_unit_id"), w.required("source")
		return ReportRelation{
			ID:            RelationID(enterpriseKey, unitKey, source),
			EnterpriseID:  w.known("enterprise_id", EnterprisesFile, enterpriseIDs),
			NavUnitID:     w.known("nav_unit_id", NavUnitsFile, unitIDs),
			Types:         w.listOf("types", types),
			Period:        w.text("period"),
			Description:   w.text("description"),
			Source:        source,
			EnterpriseKey: enterpriseKey,
			NavUnitKey:    unitKey,
		}
	})
}

// RowOutcome is what became of one row of a file.
type RowOutcome string

// The outcomes of reading a row.
const (
	RowRead   RowOutcome = "read"
	RowBroken RowOutcome = "broken"
)

// RowResult is the outcome of one row.
type RowResult struct {
	File string
	// Line is where the row begins in the file, counted from 1; the header is line 1.
	Line int
	// Key is the row's own key, as far as it could be read.
	Key     string
	Outcome RowOutcome
	// Message says what is wrong, in which column, and how to mend it; empty for rows that were read.
	Message string
}

// String writes the result as one line: "enterprises.csv:30 SE29: read".
func (r RowResult) String() string {
	text := fmt.Sprintf("%s:%d %s: %s", r.File, r.Line, r.Key, r.Outcome)
	if r.Message == "" {
		return text
	}
	return text + ": " + strings.TrimSpace(r.Message)
}
