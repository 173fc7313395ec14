package grant_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestAnAwardIsNotClosedWhileNobodyKnowsItsMoneyAndItsReport(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	left := []string{"FINAL_REPORT", "MONEY"}
	expect(t, "left", left, h.Award(t, a.GetId()).GetLeftBeforeClosing())
	_, err := h.Grants.CloseAward(h.as(officer), &saakornv1.CloseAwardRequest{RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag()})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "NOT_FINISHED")
	expect(t, "told what is left", "FINAL_REPORT,MONEY", installationtest.Refused(t, err).Facts["left"])
	// When the spending period is over it is somebody's task.
	h.Until(t, calendar.Date{Year: 2020, Month: time.January, Day: 2}.Start(), a.GetLifecycleId())
	if !slices.Contains(h.OpenTasks(t, a.GetLifecycleId()), "CLOSE_AWARD") {
		t.Error("closing is nobody's task")
	}
}

func TestALifecycleEndsAsTheSchemeDemandsAndByTwo(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	id := a.GetLifecycleId()
	etag := func() string { return h.Lifecycle(t, id).GetLifecycle().GetEtag() }
	prepare := func(kind saakornv1.ExitKind) error {
		_, err := h.Grants.PrepareExit(h.as(decider), &saakornv1.PrepareExitRequest{
			RequestId: uuid.NewString(), LifecycleId: id, Etag: etag(), Kind: kind, ExitOn: "2019-06-01", Reasons: "Virksomheten ønsker ikke mer tilskudd.",
		})
		return err
	}
	decide := func(person string) error {
		_, err := h.Grants.DecideExit(h.as(person), &saakornv1.DecideExitRequest{RequestId: uuid.NewString(), LifecycleId: id, Etag: etag()})
		return err
	}
	withdrawn := saakornv1.ExitKind_EXIT_KIND_WITHDRAWN
	installationtest.WantRefused(t, decide(decider), codes.FailedPrecondition, "EXIT_NOT_PREPARED")
	installationtest.WantRefused(t, prepare(withdrawn), codes.FailedPrecondition, "AWARD_OPEN")
	_, err := h.Grants.DeclineAward(h.applicant(1), &saakornv1.DeclineAwardRequest{RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag()})
	must(t, err)
	installationtest.WantInvalid(t, prepare(saakornv1.ExitKind_EXIT_KIND_YEARS_USED), "kind YEARS_LEFT")
	installationtest.WantRefused(t, prepare(withdrawn), codes.FailedPrecondition, "HANDOVER_MISSING")
	save := func(learned string) error {
		_, err := h.Grants.SaveHandover(h.applicant(1), &saakornv1.SaveHandoverRequest{RequestId: uuid.NewString(), LifecycleId: id, Etag: etag(), Handover: &saakornv1.Handover{Learned: learned}})
		return err
	}
	installationtest.WantInvalid(t, save("Deltakeren 01010750160 fikk jobb."), "handover.learned NATIONAL_IDENTITY_NUMBER")
	must(t, save("Små skritt virket best."))
	must(t, prepare(withdrawn))
	h.Follow(t, id)
	if !slices.Contains(h.OpenTasks(t, id), "DECIDE_EXIT") {
		t.Error("deciding is nobody's task")
	}
	installationtest.WantRefused(t, decide(decider), codes.PermissionDenied, "FOUR_EYES")
	must(t, decide(decider2))
	h.Follow(t, id)
	l := h.Lifecycle(t, id).GetLifecycle()
	expect(t, "closed", []any{saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED, withdrawn, "2019-06-01"}, []any{l.GetState(), l.GetExitKind(), l.GetExitOn()})
	expect(t, "letters", []string{"GRANT_LETTER", "AWARD_DECLINED", "GRANT_ENDED"}, h.letters(a))
}

func TestWhatIsDemandedOfAWayOut(t *testing.T) {
	rules := published(t).Awards
	open := grant.Lifecycle{State: grant.Active}
	whole := grant.Handover{Learned: "x", Receiver: "x", Adopted: "x", HandedOverOn: calendar.Date{Year: 2020, Month: 1, Day: 1}}
	closed, accepted := []grant.Award{{State: grant.Closed}}, []grant.Award{{State: grant.Accepted}}
	left := grant.Standing{Used: 3, Max: 5, Remaining: 2}
	for name, tt := range map[string]struct {
		kind     grant.ExitKind
		awards   []grant.Award
		handover grant.Handover
		standing grant.Standing
		reason   string
	}{
		"bankrupt without anything":        {grant.ExitBankrupt, closed, grant.Handover{}, left, ""},
		"bankrupt with an award open":      {grant.ExitBankrupt, accepted, whole, left, "AWARD_OPEN"},
		"sustainable with a handover":      {grant.ExitSustainable, closed, whole, left, ""},
		"sustainable without a receiver":   {grant.ExitSustainable, closed, grant.Handover{Learned: "x"}, left, "HANDOVER_MISSING"},
		"years used when some are left":    {grant.ExitYearsUsed, closed, whole, left, "INVALID_FIELDS"},
		"years used when they are":         {grant.ExitYearsUsed, closed, whole, grant.Standing{Used: 5, Max: 5}, ""},
		"withdrawn with what was learned":  {grant.ExitWithdrawn, closed, grant.Handover{Learned: "x"}, left, ""},
		"merged without a date of handing": {grant.ExitMerged, closed, grant.Handover{Learned: "x", Receiver: "x", Adopted: "x"}, left, "HANDOVER_MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			err := grant.CheckExit(open, tt.kind, tt.awards, tt.handover, tt.standing, rules)
			if (err == nil) != (tt.reason == "") || err != nil && !fault.Is(err, tt.reason) {
				t.Errorf("got %v, want %q", err, tt.reason)
			}
		})
	}
}

func TestWhatIsLeftBeforeClosing(t *testing.T) {
	now := time.Date(2020, 5, 1, 10, 0, 0, 0, time.UTC)
	done, settled := grant.Reported{Approved: true}, grant.Paid{Known: true, Settled: true}
	lifted := now.Add(-time.Hour)
	for name, tt := range map[string]struct {
		file     grant.File
		reported grant.Reported
		paid     grant.Paid
		want     []string
	}{
		"nothing":            {grant.File{}, done, settled, nil},
		"nobody knows":       {grant.File{}, grant.Reported{}, grant.Paid{}, []string{"FINAL_REPORT", "MONEY"}},
		"an open condition":  {grant.File{Conditions: []grant.Condition{{State: grant.ConditionMet}, {State: grant.ConditionOpen}}}, done, settled, []string{"CONDITIONS"}},
		"an open measure":    {grant.File{Measures: []grant.Measure{{State: grant.MeasureNotified}}}, done, settled, []string{"MEASURES"}},
		"suspended":          {grant.File{Suspensions: []grant.Suspension{{StartsAt: lifted}}}, done, settled, []string{"SUSPENSION"}},
		"suspended no more":  {grant.File{Suspensions: []grant.Suspension{{StartsAt: lifted.Add(-time.Hour), LiftedAt: &lifted}}}, done, settled, nil},
		"a change asked for": {grant.File{Changes: []grant.ChangeRequest{{State: grant.ChangeSubmitted}}}, done, settled, []string{"CHANGE_REQUESTS"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, "left", tt.want, grant.LeftBeforeClosing(tt.file, tt.reported, tt.paid, now))
		})
	}
}

func TestYearsAreCountedAsTheSchemeSays(t *testing.T) {
	today := calendar.Date{Year: 2020, Month: time.June, Day: 1}
	accepted := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	l := grant.Lifecycle{Earlier: []grant.EarlierYear{{Year: 2017}, {Year: 2018, Development: true}}}
	awards := []grant.Award{
		{GrantYear: 2019, State: grant.Accepted, AcceptedAt: &accepted, Type: scheme.Continuation},
		{GrantYear: 2020, State: grant.Lapsed, Type: scheme.Continuation},
	}
	for name, tt := range map[string]struct {
		rules scheme.GrantYears
		want  grant.Standing
	}{
		"a lapsed year is free":        {scheme.GrantYears{Max: 5, DevelopmentCounts: true}, grant.Standing{Used: 3, Max: 5, Remaining: 2}},
		"a lapsed year counts":         {scheme.GrantYears{Max: 5, DevelopmentCounts: true, UnusedCounts: true}, grant.Standing{Used: 4, Max: 5, Remaining: 1}},
		"development does not count":   {scheme.GrantYears{Max: 5}, grant.Standing{Used: 2, Max: 5, Remaining: 3}},
		"no year is left":              {scheme.GrantYears{Max: 3, DevelopmentCounts: true}, grant.Standing{Used: 3, Max: 3}},
		"a year's break starts afresh": {scheme.GrantYears{Max: 5, DevelopmentCounts: true, BreakYears: 1}, grant.Standing{Used: 3, Max: 5, Remaining: 2}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, "standing", tt.want, grant.StandingAt(l, awards, tt.rules, today)) })
	}
}

func TestWhatCanBeGivenBackToTheFrame(t *testing.T) {
	now := time.Date(2019, 6, 1, 10, 0, 0, 0, time.UTC)
	early, late := now.AddDate(0, 0, -40), now.AddDate(0, 0, -10)
	award := func(state grant.AwardState, accepted bool, amountOre int64) grant.File {
		f := grant.File{Award: grant.Award{State: state, AmountOre: amountOre, CommittedOre: 100}, Rules: published(t), AppealDeadline: calendar.On(early)}
		if accepted {
			f.AcceptedAt = &early
		}
		return f
	}
	stopped := func(told *time.Time) grant.File {
		f := award(grant.Stopped, true, 100)
		f.Measures = []grant.Measure{{Kind: grant.Stop, State: grant.MeasureDecided, ToldAt: told}}
		return f
	}
	known := grant.Paid{Known: true, PaidOre: 40}
	for name, tt := range map[string]struct {
		file      grant.File
		paid      grant.Paid
		appealing bool
		want      int64
		reason    string
	}{
		"what lapsed":                              {award(grant.Lapsed, false, 100), grant.Paid{}, false, 100, ""},
		"while an appeal is considered":            {award(grant.Lapsed, false, 100), grant.Paid{}, true, 0, "APPEAL_OPEN"},
		"what may be accepted still":               {award(grant.Offered, false, 100), grant.Paid{}, false, 0, "STILL_OFFERED"},
		"what may be paid still":                   {award(grant.Accepted, true, 100), grant.Paid{}, false, 0, "NOTHING_TO_RELEASE"},
		"what was reduced":                         {award(grant.Accepted, true, 70), grant.Paid{}, false, 30, ""},
		"the unpaid rest of a closed award":        {award(grant.Closed, true, 100), known, false, 60, ""},
		"a closed award of which nothing is known": {award(grant.Closed, true, 100), grant.Paid{}, false, 0, "MONEY_NOT_KNOWN"},
		"a stop that cannot be appealed more":      {stopped(&early), known, false, 60, ""},
		"a stop that can still be appealed":        {stopped(&late), known, false, 0, "APPEAL_PERIOD"},
		"a stop that the party has not been told":  {stopped(nil), known, false, 0, "APPEAL_PERIOD"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := grant.Releasable(tt.file, tt.paid, tt.appealing, now)
			if got != tt.want || (err == nil) != (tt.reason == "") || err != nil && !fault.Is(err, tt.reason) {
				t.Errorf("%d and %v, want %d and %q", got, err, tt.want, tt.reason)
			}
		})
	}
}
