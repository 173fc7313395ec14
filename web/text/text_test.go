package text_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/text"
)

func load(t *testing.T) *text.Catalogue {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sources returns what all pages are written in, without what is generated from it.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" {
			return nil
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The pages ask for texts with T, N and Or and a key, which may go on with something that is put
// together: then at least one text must begin so.
func TestEveryTextThatAPageAsksForExists(t *testing.T) {
	c := load(t)
	asked := regexp.MustCompile(`\.(T|N|Or)\("([a-z_A-Z0-9.]+)"( ?\+)?`)
	count := 0
	for path, source := range sources(t) {
		for _, match := range asked.FindAllStringSubmatch(source, -1) {
			count++
			method, key, goesOn := match[1], match[2], match[3] != ""
			switch {
			case goesOn:
				if !slices.ContainsFunc(c.Keys(), func(k string) bool { return strings.HasPrefix(k, key) }) {
					t.Errorf("%s: no text begins with %q", path, key)
				}
			case method == "N":
				if !c.Has(key+".one") || !c.Has(key+".other") {
					t.Errorf("%s: %q lacks .one or .other", path, key)
				}
			case !c.Has(key):
				t.Errorf("%s: there is no text %q", path, key)
			}
		}
		for _, match := range regexp.MustCompile(`GoWith\([^\n]*, "([a-z_]+)"\)`).FindAllStringSubmatch(source, -1) {
			if !c.Has("notice." + match[1]) {
				t.Errorf("%s: there is no text %q", path, "notice."+match[1])
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d texts are asked for: the search has lost its way", count)
	}
}

func TestEveryValueThatAPageWordsHasAText(t *testing.T) {
	c := load(t)
	for prefix, enum := range enums() {
		values := enum.Descriptor().Values()
		for i := range values.Len() {
			if i == 0 {
				continue
			}
			if key := prefix + string(values.Get(i).Name()); !c.Has(key) {
				t.Errorf("there is no text %q", key)
			}
		}
	}
}

func enums() map[string]protoreflect.Enum {
	return map[string]protoreflect.Enum{
		"step.": saakornv1.CaseStep(0), "outcome.": saakornv1.Outcome(0), "right.": saakornv1.MemberRight(0),
		"income.": saakornv1.IncomeSource(0), "collaboration_type.": saakornv1.CollaborationType(0),
		"partnership_line.": saakornv1.PartnershipLine(0), "funding_status.": saakornv1.FundingStatus(0),
		"appeal_disposition.": saakornv1.AppealDisposition(0), "appeal_outcome.": saakornv1.AppealOutcome(0),
		"award_state.": saakornv1.AwardState(0), "condition_state.": saakornv1.ConditionState(0), "account_state.": saakornv1.PayeeAccountState(0),
		"staffstep.": saakornv1.CaseStep(0), "next.": saakornv1.CaseStep(0), "finding.": saakornv1.FindingOutcome(0),
		"casetype.": saakornv1.ApplicationType(0), "notice_state.": saakornv1.DeficiencyState(0),
		"disposition.": saakornv1.AppealDisposition(0), "entry.": saakornv1.JournalEntryType(0), "disclosure.": saakornv1.Disclosure(0),
		"lifecyclestate.": saakornv1.LifecycleState(0), "awardstate.": saakornv1.AwardState(0), "conditionstate.": saakornv1.ConditionState(0),
		"changekind.": saakornv1.ChangeKind(0), "changestate.": saakornv1.ChangeState(0), "measurekind.": saakornv1.MeasureKind(0),
		"measurestate.": saakornv1.MeasureState(0), "signal.": saakornv1.SignalKind(0), "signalstate.": saakornv1.SignalState(0),
		"afterstate.": saakornv1.AfterQuestionState(0), "exitkind.": saakornv1.ExitKind(0), "exitroute.": saakornv1.ExitRoute(0),
		"change_state.": saakornv1.ChangeState(0), "measure_state.": saakornv1.MeasureState(0), "measure_means.": saakornv1.MeasureKind(0),
		"own_point_state.": saakornv1.ActionPointState(0), "own_need_state.": saakornv1.CompetenceNeedState(0), "own_after_state.": saakornv1.AfterQuestionState(0),
		"own_example_state.": saakornv1.ExampleState(0), "account_is.": saakornv1.PayeeAccountState(0), "own_checkin_channel.": saakornv1.CheckinChannel(0), "change.form_intro.": saakornv1.ChangeKind(0),
		"change.grounds_help.": saakornv1.ChangeKind(0),
		"paymentstate.":        saakornv1.PaymentState(0), "reportstate.": saakornv1.ReportState(0), "evidence.": saakornv1.EvidenceLevel(0),
		"figuresource.": saakornv1.FigureSource(0), "accountsoutcome.": saakornv1.AccountsOutcome(0), "business_model.": saakornv1.ReportBusinessModel(0),
		"checkinstate.": saakornv1.CheckinState(0), "channel.": saakornv1.CheckinChannel(0), "risk.": saakornv1.FollowupRisk(0),
		"pointstate.": saakornv1.ActionPointState(0), "needstate.": saakornv1.CompetenceNeedState(0), "examplestate.": saakornv1.ExampleState(0),
		"direction.": saakornv1.Direction(0), "accessanswer.": saakornv1.AccessAnswer(0), "letter_channel.": saakornv1.DeliveryChannel(0),
	}
}

func TestFormats(t *testing.T) {
	c := load(t)
	at := time.Date(2023, time.September, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		language            text.Language
		moment, date, money string
	}{
		{text.Bokmal, "1. september 2023 kl. 14.00", "30. november 2019", "500\u00a0000\u00a0kroner"},
		{text.Nynorsk, "1. september 2023 kl. 14.00", "30. november 2019", "500\u00a0000\u00a0kroner"},
		{text.English, "1 September 2023 at 14.00", "30 November 2019", "500\u00a0000\u00a0kroner"},
	}
	for _, tt := range tests {
		p := c.Printer(tt.language)
		if got := p.Moment(at); got != tt.moment {
			t.Errorf("%s: moment %q, want %q", tt.language, got, tt.moment)
		}
		if got := p.Date("2019-11-30"); got != tt.date {
			t.Errorf("%s: date %q, want %q", tt.language, got, tt.date)
		}
		if got := p.Kroner(500_000_00); got != tt.money {
			t.Errorf("%s: amount %q, want %q", tt.language, got, tt.money)
		}
	}
	if got := c.Printer(text.Bokmal).Amount(-1_234_50); got != "−1\u00a0234,50" {
		t.Errorf("got %q", got)
	}
}

func TestTheLanguageThatABrowserPrefers(t *testing.T) {
	for header, want := range map[string]text.Language{
		"": text.Bokmal, "nn-NO,nb;q=0.8": text.Nynorsk, "no,en": text.Bokmal, "de,en;q=0.5": text.English, "fr": text.Bokmal,
	} {
		if got := text.Preferred(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}
