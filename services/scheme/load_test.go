package scheme

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/platform/calendar"
)

// file2019 is the scheme file that tests break.
const file2019 = "schemes/social-entrepreneurship/2019-1.yaml"

func source2019(t testing.TB) string {
	t.Helper()
	raw, err := os.ReadFile(file2019)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func published2019(t testing.TB) *Definition {
	t.Helper()
	definition, err := Parse("2019-1.yaml", []byte(source2019(t)))
	if err != nil {
		t.Fatal(err)
	}
	return definition
}

func TestPublishedSchemesComeOldestFirstWithTheirFiles(t *testing.T) {
	sources, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, source := range sources {
		got = append(got, source.Definition.ID+" "+source.Definition.Version)
		if !bytes.Contains(source.Raw, []byte("version: \""+source.Definition.Version+"\"")) {
			t.Errorf("%s: the raw source is not that of version %s", source.Name, source.Definition.Version)
		}
		if source.SHA256 != sha256.Sum256(source.Raw) {
			t.Errorf("%s: checksum does not match the raw source", source.Name)
		}
	}
	want := []string{"social-entrepreneurship 2019-1", "social-entrepreneurship 2027-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("published versions (-want +got):\n%s", diff)
	}
}

// The facts below are carried from sources; see the comments in the file.
func TestSchemeOf2019SaysWhatItsSourcesSay(t *testing.T) {
	d := published2019(t)
	if got := len(d.FormalRequirements); got != 5 {
		t.Errorf("%d formal requirements, want five", got)
	}
	if budget, _ := d.BudgetFor(2019); budget.FrameOre != 1_600_000_000 {
		t.Errorf("frame of 2019 is %d øre, want 16 million kroner", budget.FrameOre)
	}
	if budget, _ := d.BudgetFor(2020); budget.FrameOre-budget.BoundOre != 300_000_000 {
		t.Errorf("%d øre free in 2020, want 3 million kroner", budget.FrameOre-budget.BoundOre)
	}
	if d.GrantYears.Max != 5 || d.Deadlines.AppealWeeks != 3 || d.Deadlines.InterimReplyMonths != 1 {
		t.Errorf("years %d, appeal weeks %d, interim reply months %d; want 5, 3 and 1",
			d.GrantYears.Max, d.Deadlines.AppealWeeks, d.Deadlines.InterimReplyMonths)
	}
	if rule := d.Deadlines.Reversal; d.Deadlines.LateAppealMonths != 12 || rule.NoticeWeeks != 3 || rule.DecisionMonths != 3 {
		t.Errorf("late appeal %d months, reversal %+v; want 12, and 3 weeks and 3 months", d.Deadlines.LateAppealMonths, rule)
	}
	if d.ValidFrom != (calendar.Date{Year: 2018, Month: 9, Day: 1}) {
		t.Errorf("valid from %s", d.ValidFrom)
	}
}

func TestEveryPartOfTheContractIsAskedFor(t *testing.T) {
	sources, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		asked := map[string]bool{}
		free := 0
		for _, section := range source.Definition.Sections {
			for _, question := range section.Questions {
				asked[question.Field] = true
				if question.Field == "" {
					free++
				}
			}
		}
		for _, field := range answerable(t) {
			if !asked[field] {
				t.Errorf("%s: no question fills %s", source.Name, field)
			}
		}
		if free < 2 {
			t.Errorf("%s: %d questions of the scheme's own, want some", source.Name, free)
		}
	}
}

func TestBrokenSchemeIsRefusedAtItsPlace(t *testing.T) {
	const firstQuestion = "      - key: title\n        kind: TEXT\n        field: title\n        max_length: 120\n"
	tests := []struct {
		name     string
		old, new string
		at       string // text in the broken file; the problem is at its beginning or at the arrow in it
		field    string
		message  string
	}{
		{"syntax", "valid_from: 2018-09-01", "valid_from: 2018: 09", "valid_from: 2018: 09", "", "not allowed"},
		{"unknown field", "valid_from: 2018-09-01", "valid_form: 2018-09-01", "valid_form:", "valid_form", "unknown field"},
		{"shares of more than the award", "      share_percent: 50\n      title: {nb: Andre", "      share_percent: 60\n      title: {nb: Andre", "payment:\n→  instalments:", "payment.instalments", "110 percent"},
		{"unknown gate", "gates: [INTERIM_REPORT_APPROVED]", "gates: [HOPE]", "HOPE]", "payment.instalments[1].gates[0]", "unknown gate"},
		{"reminders that go backwards", "dunning_days: [14, 28]", "dunning_days: [14, 7]", "dunning_days: [14, 7]", "payment.recovery.dunning_days[1]", "more than the one before"},
		{"statute that is not there", "    payment: grant_rules", "    payment: grant_ruls", "    payment: grant_ruls", "payment.statutes.payment", "there is no statute"},
		{"claim letter that is missing", "    - key: RECOVERY_REMINDER", "    - key: RECOVERY_CLAIM", "    - key: RECOVERY_CLAIM\n      subject:\n        nb: Vi har ikke", "payment.letters[1].key", "written twice"},
		{"claim letter with a hole", "Det gjenstår {{.Outstanding}}", "Det gjenstår {{.Rest}}", "{{.Rest}}", "payment.letters[1].paragraphs[0].body.nb", "Rest"},
		{"unknown nested field", "  stalled_days: 21", "  staled_days: 21", "  staled_days", "deadlines.staled_days", "unknown field"},
		{"field given twice", "grant_years:\n  max: 5\n", "grant_years:\n  max: 5\n  max: 6\n", "grant_years:\n  max: 5\n→  max: 6", "grant_years.max", "twice"},
		{"anchor", "grant_years:\n  max: 5\n", "grant_years:\n  max: &five 5\n", "grant_years:\n→  max: &five", "grant_years.max", "anchor"},
		{"number for text", `version: "2019-1"`, "version: 2019", "version: 2019\n", "version", "expected text"},
		{"text for number", "grant_years:\n  max: 5\n", "grant_years:\n  max: five\n", "grant_years:\n→  max: five", "grant_years.max", "whole number"},
		{"number too large", "frame_ore: 1_600_000_000", "frame_ore: 99_999_999_999_999_999_999", "frame_ore: 99", "budgets[0].frame_ore", "whole number"},
		{"fraction", "grant_years:\n  max: 5\n", "grant_years:\n  max: 5.5\n", "grant_years:\n→  max: 5.5", "grant_years.max", "whole number"},
		{"text for truth", "development_counts: true", "development_counts: maybe", "development_counts", "grant_years.development_counts", "true or false"},
		{"list for fields", "grant_years:\n  max: 5\n  development_counts: true\n  break_years: 0\n  # [config] A year for which nobody accepted the award is still there to be used.\n  unused_counts: false\n", "grant_years: [5]\n", "grant_years: [5]", "grant_years", "fields with values"},
		{"no such day", "valid_from: 2018-09-01", "valid_from: 2018-09-31", "valid_from: 2018-09-31", "valid_from", "YYYY-MM-DD"},
		{"missing language", "  nn: Tilskot til sosialt entreprenørskap og sosiale entreprenørar\n", "", "title:\n", "title.nn", "is missing"},
		{"missing text", "title:\n  nb: Tilskudd til sosialt entreprenørskap og sosiale entreprenører\n  nn: Tilskot til sosialt entreprenørskap og sosiale entreprenørar\n  en: Grants to social entrepreneurship and social entrepreneurs\n", "", "# Grants to social", "title", "is missing"},
		{"misspelt key", "  - key: wages", "  - key: Wages", "  - key: Wages", "budget_lines[0].key", "small letter"},
		{"key twice", "  - key: purchased_services", "  - key: wages", "  - key: wages\n    eligible: true\n    title: {nb: Kjøp", "budget_lines[1].key", "used twice"},
		{"unknown check", "check: DECLARED", "check: GUESSED", "check: GUESSED", "formal_requirements[0].check", "unknown check"},
		{"check without evidence", "check: DECLARED", "check: VOLUNTARY_REGISTRY", "check: VOLUNTARY_REGISTRY", "formal_requirements[0].check", "needs evidence"},
		{"evidence of no attachment", "kind: ATTACHMENT\n        key: articles_of_association", "kind: ATTACHMENT\n        key: articles", "        key: articles\n", "formal_requirements[2].evidence[0].key", "no attachment kind"},
		{"evidence of no question", "kind: QUESTION\n        key: novelty", "kind: QUESTION\n        key: novel", "        key: novel\n", "formal_requirements[1].evidence[1].key", "no question"},
		{"evidence of no registry fact", "key: registered_voluntary", "key: voluntary", "        key: voluntary\n", "formal_requirements[4].evidence[0].key", "RegistryFacts has no field"},
		{"evidence of no declaration", "kind: DECLARATION\n        key: no_dividend", "kind: DECLARATION\n        key: no_profit", "        key: no_profit\n", "formal_requirements[2].evidence[1].key", "Declarations has no field"},
		{"unknown evidence", "- kind: REGISTRY", "- kind: RUMOUR", "- kind: RUMOUR", "formal_requirements[4].evidence[0].kind", "not one of"},
		{"unknown application type", "  - key: CONTINUATION", "  - key: RENEWAL", "  - key: RENEWAL", "application_types[2].key", "not one of"},
		{"application type twice", "  - key: CONTINUATION", "  - key: NEW_ORDINARY", "  - key: NEW_ORDINARY\n    title:\n      nb: Videreføring", "application_types[2].key", "used twice"},
		{"no ceiling of zero", "max_amount_ore: null", "max_amount_ore: 0", "max_amount_ore: 0", "application_types[0].max_amount_ore", "more than 0"},
		{"field that is not there", firstQuestion, strings.Replace(firstQuestion, "field: title", "field: business_model.titel", 1), "field: business_model.titel", "sections[0].questions[0].field", "BusinessModel has no field"},
		{"field beyond a list", firstQuestion, strings.Replace(firstQuestion, "field: title", "field: contacts.name", 1), "field: contacts.name", "sections[0].questions[0].field", "leads nowhere"},
		{"field asked for twice", "        field: existing_services", "        field: problem", "        field: problem\n        max_length: 3000", "sections[1].questions[1].field", "asked for twice"},
		{"kind that does not fit", firstQuestion, strings.Replace(firstQuestion, "TEXT", "BOOLEAN", 1), "kind: BOOLEAN\n        field: title", "sections[0].questions[0].kind", "does not fit"},
		{"amount asked for as a number", "kind: AMOUNT", "kind: NUMBER", "kind: NUMBER\n        field: amount_applied_ore", "sections[7].questions[0].kind", "does not fit"},
		{"text without length", firstQuestion, strings.Replace(firstQuestion, "        max_length: 120\n", "", 1), "- key: title", "sections[0].questions[0].max_length", "more than 0"},
		{"text longer than can be stored", "max_length: 120", "max_length: 201", "max_length: 201", "sections[0].questions[0].max_length", "more than the 200"},
		{"free answer longer than can be stored", "kind: LONG_TEXT\n        max_length: 2000", "kind: LONG_TEXT\n        max_length: 20001", "max_length: 20001", "sections[2].questions[3].max_length", "more than the 20000"},
		{"length of what is no text", "kind: AMOUNT\n", "kind: AMOUNT\n        max_length: 5\n", "max_length: 5\n", "sections[7].questions[0].max_length", "only texts"},
		{"composite without field", "kind: COMPOSITE\n        field: contacts\n", "kind: COMPOSITE\n", "- key: contacts", "sections[0].questions[1].field", "is missing"},
		{"choice without choices", "kind: BOOLEAN\n        required_for: []", "kind: CHOICE\n        required_for: []", "- key: main_activity", "sections[4].questions[6].choices", "at least two"},
		{"choices of what is no choice", "kind: CHOICE\n", "kind: BOOLEAN\n", "        choices:", "sections[1].questions[3].choices", "no choices"},
		{"required for an unknown type", "required_for: [NEW_DEVELOPMENT, NEW_ORDINARY, CONTINUATION]", "required_for: [NEW_DEVELOPMENT, RENEWAL]", "required_for: [NEW_DEVELOPMENT, RENEWAL]", "sections[0].questions[0].required_for[1]", "no application type"},
		{"criterion for an unknown type", "applies_to: [CONTINUATION]", "applies_to: [RENEWAL]", "applies_to: [RENEWAL]", "assessment.criteria[6].applies_to[0]", "no application type"},
		{"scale upside down", "    min: 1\n    max: 5", "    min: 5\n    max: 1", "  scale:", "assessment.scale", "less than max"},
		{"label outside the scale", "      - value: 5", "      - value: 6", "      - value: 6", "assessment.scale.labels[4].value", "outside the scale"},
		{"appeal body out of reach", "  email: klagesaker@departementet.example", "  email: departementet", "  email: departementet", "appeal_referral.email", "no e-mail address"},
		{"gate", "letter_of_intent: WARN", "letter_of_intent: PERHAPS", "letter_of_intent: PERHAPS", "letter_of_intent", "not one of"},
		{"late policy", "policy: RECEIVE_LATE", "policy: SHRUG", "policy: SHRUG", "deadlines.late.policy", "not one of"},
		{"grace for what is refused", "policy: RECEIVE_LATE", "policy: REFUSE", "grace_hours: 48", "deadlines.late.grace_hours", "has to be 0"},
		{"no appeal period", "  appeal_weeks: 3", "  appeal_weeks: 0", "  appeal_weeks: 0", "deadlines.appeal_weeks", "more than 0"},
		{"no outer limit for late appeals", "late_appeal_months: 12", "late_appeal_months: 0", "late_appeal_months: 0", "deadlines.late_appeal_months", "more than 0"},
		{"no days to complete an application", "    days: 14\n", "    days: 0\n", "    days: 0\n", "deadlines.deficiency.days", "more than 0"},
		{"reminder together with the notice", "reminder_days: 4", "reminder_days: 14", "    reminder_days: 14", "deadlines.deficiency.reminder_days", "less than days"},
		{"reminder after the deadline", "reminder_days: 4", "reminder_days: -4", "reminder_days: -4", "deadlines.deficiency.reminder_days", "more than 0"},
		{"no deficiency rule", "  deficiency:\n    days: 14\n    reminder_days: 4\n", "", "\n→deadlines:\n", "deadlines.deficiency.days", "more than 0"},
		{"reversal without notice", "notice_weeks: 3", "notice_weeks: 0", "notice_weeks: 0", "deadlines.reversal.notice_weeks", "more than 0"},
		{"reversal without end", "decision_months: 3", "decision_months: 0", "decision_months: 0", "deadlines.reversal.decision_months", "more than 0"},
		{"spread below zero", "max_spread: 2", "max_spread: -1", "max_spread: -1", "assessment.max_spread", "0 or more"},
		{"spread wider than the scale", "max_spread: 2", "max_spread: 5", "max_spread: 5", "assessment.max_spread", "scale from 1 to 5"},
		{"moderation that is no truth", "moderation: true", "moderation: sometimes", "moderation: sometimes", "assessment.moderation", "true or false"},
		{"declaration that nobody can read", "  required: true\n  text:\n", "  required: true\n  texts:\n", "  texts:\n", "impartiality.texts", "unknown field"},
		{"continuation without its question", "continuation:\n  question:\n    nb: Har virksomheten beveget seg i riktig retning siden forrige søknad?\n    nn: Har verksemda rørt seg i rett retning sidan førre søknad?\n    en: Has the enterprise moved in the right direction since the last application?\n", "", "# Grants to social", "continuation.question", "takes continuations"},
		{"reserve below zero", "appeal_reserve_ore: 0", "appeal_reserve_ore: -1", "appeal_reserve_ore: -1", "budgets[0].appeal_reserve_ore", "0 or more"},
		{"reserve larger than the frame", "appeal_reserve_ore: 0", "appeal_reserve_ore: 1_600_000_001", "appeal_reserve_ore: 1_600", "budgets[0].appeal_reserve_ore", "more than the frame"},
		{"reminder after the close", "[14, 3]", "[14, -3]", "[14, -3]", "deadlines.draft_reminder_days[1]", "more than 0"},
		{"no files", "max_count: 20", "max_count: 0", "max_count: 0", "attachments.max_count", "more than 0"},
		{"all files smaller than one", "max_total_bytes: 52_428_800", "max_total_bytes: 1", "max_total_bytes: 1", "attachments.max_total_bytes", "smaller than"},
		{"media type", "    - image/png", "    - png", "    - png", "attachments.media_types[1]", "media type"},
		{"two budgets for a year", "  - year: 2020", "  - year: 2019", "  - year: 2019\n    frame_ore: 1_600_000_000\n    bound_ore: 1_3", "budgets[2].year", "has a budget already"},
		{"more bound than the frame", "bound_ore: 1_300_000_000", "bound_ore: 1_700_000_000", "bound_ore: 1_700", "budgets[2].bound_ore", "more than the frame"},
		{"statute that ends before it begins", "valid_to: 2023-12-31", "valid_to: 2013-12-31", "valid_to: 2013-12-31", "statutes[19].valid_to", "before valid_from"},
		{"statute in force twice", "valid_from: 2024-01-01", "valid_from: 2023-12-31", "  - key: de_minimis\n    reference: forordning (EU) 2023/2831", "statutes[20]", "twice at the same time"},
		{"letter missing", "  - key: WITHDRAWAL_CONFIRMED", "  - key: FAREWELL", "  - key: FAREWELL", "letters[10].key", "unknown letter"},
		{"template that does not parse", "{{.Statute.access}}", "{{.Statute.access}", "{{.Statute.access})", "letters[1].paragraphs[3].body.nb", "bad character"},
		{"template with an unknown value", "{{.EnterpriseName}} har begynt på en", "{{.Name}} har begynt på en", "{{.Name}}", "letters[0].paragraphs[0].body.nb", "Name"},
		{"template with a statute not in force", "{{.Statute.access}}", "{{.Statute.language}}", "{{.Statute.language}}", "letters[1].paragraphs[3].body.nb", "2018-09-01"},
	}
	source := source2019(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(source, test.old) {
				t.Fatalf("the scheme does not contain %q", test.old)
			}
			broken := strings.Replace(source, test.old, test.new, 1)
			_, err := Parse("broken.yaml", []byte(broken))
			var loadError *LoadError
			if !errors.As(err, &loadError) {
				t.Fatalf("Parse gave %v, want a LoadError", err)
			}
			line := lineOf(t, broken, test.at)
			for _, problem := range loadError.Problems {
				if problem.Field == test.field && problem.Line == line && problem.Column > 0 &&
					problem.File == "broken.yaml" && strings.Contains(problem.Message, test.message) {
					return
				}
			}
			t.Errorf("want line %d, field %q, message with %q; got:\n%v", line, test.field, test.message, err)
		})
	}
}

func TestDeclarationIsReadOnlyWhereItIsRequired(t *testing.T) {
	source := source2019(t)
	a, b := strings.Index(source, "\nimpartiality:\n"), strings.Index(source, "\nassessment:\n")
	parse := func(impartiality string) error {
		_, err := Parse("changed.yaml", []byte(source[:a]+impartiality+source[b:]))
		return err
	}
	if err := parse("\nimpartiality: {required: false}\n"); err != nil {
		t.Errorf("no declaration is required, yet: %v", err)
	}
	if err := parse("\nimpartiality: {required: true}\n"); err == nil || !strings.Contains(err.Error(), "impartiality.text") {
		t.Errorf("a declaration without a text gave %v", err)
	}
}

// lineOf returns the line on which text stands, or the line of the arrow within text.
func lineOf(t *testing.T, source, text string) int {
	t.Helper()
	lead, rest, arrow := strings.Cut(text, "→")
	at := strings.Index(source, lead+rest)
	if at < 0 {
		t.Fatalf("the broken scheme does not contain %q", lead+rest)
	}
	if arrow {
		at += len(lead)
	}
	return strings.Count(source[:at], "\n") + 1
}

func TestAllProblemsAreReportedAtOnceInTheOrderOfTheFile(t *testing.T) {
	source := source2019(t)
	for old, replacement := range map[string]string{
		"grant_years:\n  max: 5\n":      "grant_years:\n  max: 0\n",
		"letter_of_intent: WARN":        "letter_of_intent: PERHAPS",
		"  - key: wages":                "  - key: Wages",
		"bound_ore: 1_300_000_000":      "bound_ore: -1",
		"        field: novelty\n":      "        field: novelties\n",
		"  - key: DECISION_DISMISSED\n": "  - key: DECISION_DISMISSED_\n",
	} {
		source = strings.Replace(source, old, replacement, 1)
	}
	_, err := Parse("broken.yaml", []byte(source))
	var loadError *LoadError
	if !errors.As(err, &loadError) {
		t.Fatalf("Parse gave %v, want a LoadError", err)
	}
	var got []string
	for i, problem := range loadError.Problems {
		got = append(got, problem.Field)
		if i > 0 && problem.Line < loadError.Problems[i-1].Line {
			t.Errorf("line %d is reported after line %d", problem.Line, loadError.Problems[i-1].Line)
		}
	}
	want := []string{
		"sections[1].questions[2].field", "budget_lines[0].key", "letter_of_intent",
		"grant_years.max", "budgets[2].bound_ore", "letters", "letters[9].key",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reported fields (-want +got):\n%s\n%v", diff, err)
	}
}

func TestProblemReadsLikeThatOfACompiler(t *testing.T) {
	_, err := Parse("my.yaml", []byte("id: x\nversions: y\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "my.yaml:2:1: versions: unknown field; expected one of id, version,") {
		t.Errorf("got %v", err)
	}
}

func TestFileThatHoldsNoSchemeIsRefused(t *testing.T) {
	for _, source := range []string{"", "# only a comment\n", "---\nid: a\n---\nid: b\n", "- a\n", "text", "null", "id:\n"} {
		if _, err := Parse("empty.yaml", []byte(source)); err == nil {
			t.Errorf("%q was accepted", source)
		}
	}
}

func TestFileLiesWhereItsSchemeAndVersionSay(t *testing.T) {
	file := &fstest.MapFile{Data: []byte(source2019(t))}
	tests := []struct{ path, field string }{
		{"social-entrepreneurship/2019-1.yaml", ""},
		{"social-entrepreneurship/2019-2.yaml", "version"},
		{"sosialt-entreprenorskap/2019-1.yaml", "id"},
	}
	for _, test := range tests {
		sources, err := Load(fstest.MapFS{test.path: file})
		if test.field == "" {
			if err != nil || len(sources) != 1 {
				t.Errorf("%s: %d sources, %v", test.path, len(sources), err)
			}
			continue
		}
		var loadError *LoadError
		if !errors.As(err, &loadError) || len(loadError.Problems) != 1 || loadError.Problems[0].Field != test.field {
			t.Errorf("%s: got %v, want one problem with %s", test.path, err, test.field)
		}
	}
}

func TestProblemsOfAllFilesAreReported(t *testing.T) {
	_, err := Load(fstest.MapFS{
		"a/2019-1.yaml": {Data: []byte("ident: a\n")},
		"b/2019-1.yaml": {Data: []byte("ident: b\n")},
	})
	var loadError *LoadError
	if !errors.As(err, &loadError) {
		t.Fatalf("Load gave %v, want a LoadError", err)
	}
	var got []string
	for _, problem := range loadError.Problems {
		got = append(got, fmt.Sprintf("%s:%d", problem.File, problem.Line))
	}
	if diff := cmp.Diff([]string{"a/2019-1.yaml:1", "b/2019-1.yaml:1"}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	// Block by block, since a whole scheme is too large to vary quickly.
	for _, block := range strings.SplitAfter(source2019(f), "\n\n") {
		f.Add([]byte(block))
	}
	for _, seed := range []string{
		"", "id: a", "id: [", "a: &a [*a]", "<<: {id: x}", "? [a]\n: b", "id: |\n  a\n", "id: !!binary x", "%YAML 1.2\n---\nid: a",
		"title: {nb: a, nb: b}", "valid_from: 2018-02-30", "budgets:\n  -\n  - year: 1\n", "letters: [{subject: {nb: '{{', nn: a, en: b}}]",
		"statutes: [{valid_from: 0000-01-01, valid_to: 9999-12-31}]", "\xff\xfe", "id: \"\\u0000\"", "- - - -", "{}", "id: 0x1F\n", ".: .\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		definition, err := Parse("fuzz.yaml", source)
		if (definition == nil) == (err == nil) {
			t.Fatalf("Parse gave %v and %v", definition, err)
		}
		var loadError *LoadError
		if err != nil && (!errors.As(err, &loadError) || len(loadError.Problems) == 0) {
			t.Fatalf("Parse gave %v, want a LoadError with problems", err)
		}
	})
}
