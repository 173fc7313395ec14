package rehearsal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/platform/calendar"
)

// freshCount is how many new enterprises apply in a later round.
const freshCount = 6

// season is a later round, smaller than the first: its cases go from step to step on office days.
type season struct {
	code     string
	version  string
	year     int
	announce calendar.Date
	opens    time.Time
	closes   time.Time
	// halted has cases stay where they are in the end, in every step.
	halted bool
	// second tells that it is the second call of its year.
	second bool

	callID string
	// applicants are those who apply, by enterprise.
	applicants map[string]*part
}

// plannedSeasons are the rounds after the first. The last two are still going on when the story ends: one
// whose cases are in every step, and one whose call is open.
func (l *life) plannedSeasons() []*season {
	var all []*season
	for year := firstYear + 1; year <= l.lastYear; year++ {
		all = append(all, &season{
			code: fmt.Sprintf("SE-%d", year), version: edition, year: year, announce: day(year-1, time.November, 5),
			opens: day(year-1, time.November, 15).At(9, 0), closes: day(year-1, time.December, 15).At(12, 0),
		})
	}
	return append(all,
		&season{
			code: fmt.Sprintf("SE-%d-H", l.lastYear), version: edition, year: l.lastYear, announce: day(l.lastYear, time.August, 1),
			opens: day(l.lastYear, time.August, 20).At(9, 0), closes: day(l.lastYear, time.September, 18).At(12, 0), halted: true, second: true,
		},
		&season{
			code: fmt.Sprintf("SE-%d", l.lastYear+1), version: editionOf(l.lastYear + 1), year: l.lastYear + 1, announce: day(l.lastYear, time.October, 20),
			opens: day(l.lastYear, time.November, 2).At(9, 0), closes: day(l.lastYear+1, time.January, 15).At(12, 0), halted: true,
		})
}

// editionOf returns the version of the scheme that a round for the grant year is held under.
func editionOf(year int) string {
	if year >= 2027 {
		return "2027-1"
	}
	return edition
}

// season plays the rounds that go on today.
func (l *life) season(ctx context.Context) error {
	if l.deciding {
		return nil
	}
	for _, planned := range l.plannedSeasons() {
		if l.today.Before(planned.announce) || l.today.After(calendar.On(planned.closes).AddDays(330)) {
			continue
		}
		s := l.seasons[planned.code]
		if s == nil {
			s = planned
			if err := l.openSeason(ctx, s); err != nil {
				return err
			}
			l.seasons[s.code] = s
		}
		if err := l.playSeason(ctx, s); err != nil {
			return fmt.Errorf("the round %s: %w", s.code, err)
		}
	}
	return nil
}

// openSeason announces the call, unless it has been, and says who applies.
func (l *life) openSeason(ctx context.Context, s *season) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	known, err := m.calls.ListCalls(ctx, &saakornv1.ListCallsRequest{PageSize: 200})
	if err != nil {
		return wrap("list calls", err)
	}
	for _, c := range known.GetCalls() {
		if c.GetCode() == s.code {
			s.callID = c.GetId()
		}
	}
	if s.callID == "" {
		title := fmt.Sprintf("sosialt entreprenørskap %d", s.year)
		again := map[bool][3]string{true: {", andre utlysning", ", andre utlysing", ", second call"}}[s.second]
		r, err := m.calls.CreateCall(ctx, &saakornv1.CreateCallRequest{
			RequestId: fresh(), SchemeId: schemeID, SchemeVersion: s.version, Code: s.code, GrantYear: int32(s.year),
			Title:   &saakornv1.LocalizedText{Nb: "Tilskudd til " + title + again[0], Nn: "Tilskot til " + title + again[1], En: fmt.Sprintf("Grants to social entrepreneurship %d%s", s.year, again[2])},
			OpensAt: timestamppb.New(s.opens), ClosesAt: timestamppb.New(s.closes),
		})
		if err != nil {
			return wrap("announce the call "+s.code, err)
		}
		l.acted()
		s.callID = r.GetCall().GetId()
	}
	s.applicants = map[string]*part{}
	return nil
}

// playSeason brings the round further: people apply while it is open, and afterwards each case takes a step.
func (l *life) playSeason(ctx context.Context, s *season) error {
	now := l.today.At(officeHour, 0)
	if now.Before(s.opens) {
		return nil
	}
	if err := l.gatherApplicants(ctx, s); err != nil {
		return err
	}
	if now.Before(s.closes) {
		return l.apply(ctx, s)
	}
	return l.judgeSeason(ctx, s)
}

// gatherApplicants settles who applies on the first day of the call, and recalls it afterwards.
func (l *life) gatherApplicants(ctx context.Context, s *season) error {
	if len(s.applicants) > 0 {
		return nil
	}
	list, known := l.notes.Applicants[s.code]
	if !known {
		var err error
		if list, err = l.whoApplies(ctx, s); err != nil {
			return err
		}
		if err := l.remember(func(n *Notebook) { n.Applicants[s.code] = list }); err != nil {
			return err
		}
	}
	for i, a := range list {
		s.applicants[a.Enterprise] = l.partFor(s, a.Enterprise, a.Type, i)
	}
	return nil
}

// whoApplies says who applies: those who go on, and some who are new.
func (l *life) whoApplies(ctx context.Context, s *season) ([]Applicant, error) {
	var names []string
	busy := map[string]bool{}
	m, err := l.as(ctx, manager)
	if err != nil {
		return nil, err
	}
	for _, x := range l.lifecycles {
		name := x.GetEnterpriseName()
		busy[name] = true
		if _, ours := l.byName[name]; !ours || x.GetState() != saakornv1.LifecycleState_LIFECYCLE_STATE_ACTIVE || s.second {
			continue
		}
		r, err := m.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: x.GetId()})
		if err != nil {
			return nil, wrap("read a lifecycle", err)
		}
		if l.goesOn(name, s, r) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var free []string
	for name, e := range l.byName {
		if !busy[name] && (e.RegisteredVoluntary && e.Condition == fictional.Ordinary) {
			free = append(free, name)
		}
	}
	slices.Sort(free)
	shuffle(l.drawn("fresh", s.code), free)
	free = free[:min(len(free), freshCount)]
	if s.year == firstYear+1 { // the one that goes bankrupt applies in the second round
		for name, e := range l.byName {
			if e.Condition == fictional.Bankrupt {
				free = append(free, name)
			}
		}
	}
	var list []Applicant
	for _, name := range names {
		list = append(list, Applicant{name, saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION})
	}
	for _, name := range free {
		list = append(list, Applicant{name, saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY})
	}
	return list, nil
}

// goesOn tells whether an enterprise applies for another year.
func (l *life) goesOn(name string, s *season, r *saakornv1.GetLifecycleResponse) bool {
	mine := l.lots[name]
	if r.GetLifecycle().GetRemainingYears() < 1 || l.bankrupt(name) || r.GetLifecycle().GetExitKind() != saakornv1.ExitKind_EXIT_KIND_UNSPECIFIED {
		return false
	}
	if mine == standsAlone && r.GetLifecycle().GetYearsUsed() >= 3 || mine == misuses && s.year > firstYear+1 {
		return false
	}
	for _, a := range r.GetAwards() {
		if int(a.GetGrantYear()) == s.year {
			return false
		}
		if int(a.GetGrantYear()) == s.year-1 && a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED {
			return true
		}
	}
	return (mine == declines || mine == lapses) && s.year == firstYear+2
}

// partFor returns the part of an applicant in a later round: the same every time it is asked for.
func (l *life) partFor(s *season, name string, kind saakornv1.ApplicationType, i int) *part {
	d := l.drawn("application", s.code, name)
	a := &application{
		index: s.year*1000 + i, year: s.year, enterprise: l.byName[name], kind: kind, corrected: -1, saves: 1 + d.IntN(3),
		appliedOre: thousand * int64(280+d.IntN(140)), officer: crew("case-officer", 6)[d.IntN(6)], decider: crew("decision-maker", 3)[d.IntN(3)],
	}
	a.dragged = -1
	assessors := crew("assessor", 4)
	shuffle(d, assessors)
	a.assessors = assessors[:2]
	chances := 6
	if kind == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
		chances = 9
	}
	a.fate = rejected
	if d.IntN(10) < chances || l.lots[name] != ordinaryLot || l.byName[name].Condition == fictional.Bankrupt {
		a.fate, a.awardedOre = awarded, a.appliedOre
		if d.IntN(3) > 0 {
			a.awardedOre = a.appliedOre / thousand * 9 / 10 * thousand
		}
	}
	x := &part{application: a}
	x.content = write(l.story.seed, a)
	return x
}

// apply has those apply who have not: some early, some on the last office day.
func (l *life) apply(ctx context.Context, s *season) error {
	var list []*part
	for _, x := range s.applicants {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *part) int { return a.index - b.index })
	last := l.today.AddDays(officeEvery).At(11, 0).After(s.closes)
	p := *l.play
	p.callID = s.callID
	return p.each(ctx, list, func(ctx context.Context, x *part) error {
		if x.applied || !last && l.drawn("early", s.code, x.enterprise.Name).IntN(3) > 0 {
			return nil
		}
		draft := s.halted && !last && l.drawn("draft", s.code, x.enterprise.Name).IntN(3) == 0
		return l.applyOne(ctx, &p, x, draft)
	})
}

// applyOne has an enterprise apply, or begin a draft.
func (l *life) applyOne(ctx context.Context, p *play, x *part, draft bool) error {
	person, err := l.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	known, err := person.enterprises.ListEnterprises(ctx, &saakornv1.ListEnterprisesRequest{Query: x.enterprise.Number})
	if err != nil {
		return wrap("look for an enterprise", err)
	}
	for _, e := range known.GetEnterprises() {
		x.enterpriseID = e.GetId()
	}
	if x.enterpriseID == "" {
		r, err := person.enterprises.RegisterEnterprise(ctx, &saakornv1.RegisterEnterpriseRequest{RequestId: fresh(), OrganizationNumber: x.enterprise.Number})
		if err != nil {
			return wrap("register", err)
		}
		x.enterpriseID = r.GetEnterprise().GetId()
	}
	mine, err := person.applications.ListApplications(ctx, &saakornv1.ListApplicationsRequest{CallId: p.callID, EnterpriseId: x.enterpriseID})
	if err != nil {
		return wrap("look for an application", err)
	}
	if len(mine.GetApplications()) > 0 {
		a := mine.GetApplications()[0]
		x.applicationID, x.etag = a.GetId(), a.GetEtag()
		if a.GetVersion() > 0 {
			x.applied = true
		}
		if draft || x.applied {
			return nil
		}
	} else {
		l.acted()
		if err := p.begin(ctx, x); err != nil || draft {
			return err
		}
	}
	l.acted()
	x.applied = true
	return p.submit(ctx, x)
}

// judgeSeason takes the cases of a round one step further each.
func (l *life) judgeSeason(ctx context.Context, s *season) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	cases, err := listCases(ctx, m, s.callID)
	if err != nil {
		return err
	}
	name := (*saakornv1.Case).GetEnterpriseName
	p := *l.play
	p.callID = s.callID
	return inTurn(ctx, cases, name, func(ctx context.Context, c *saakornv1.Case) error { return l.judgeOne(ctx, &p, s, c) })
}

// stepsBy returns how many steps the cases of a round have taken when the day is over: one on each office
// day since the close.
func stepsBy(today calendar.Date, closes time.Time) int {
	steps := 0
	for d := today; !d.At(officeHour, 0).Before(closes); d = d.AddDays(-officeEvery) {
		steps++
	}
	return steps
}

// judgeOne takes a case one step further, unless it has taken today's already.
func (l *life) judgeOne(ctx context.Context, p *play, s *season, c *saakornv1.Case) error {
	x := s.applicants[c.GetEnterpriseName()]
	step := int(c.GetStep() - saakornv1.CaseStep_CASE_STEP_CLARIFICATION)
	if x == nil || step < 0 || step >= stepsBy(l.today, s.closes) || s.halted && step >= l.drawn("halt", s.code, x.enterprise.Name).IntN(6) {
		return nil
	}
	x.caseID, x.applicationID, x.keeper = c.GetId(), c.GetApplicationId(), c.GetOwnerId()
	steps := map[saakornv1.CaseStep]func(context.Context, *part) error{
		saakornv1.CaseStep_CASE_STEP_CLARIFICATION:  p.clear,
		saakornv1.CaseStep_CASE_STEP_ASSESSMENT:     p.assessAlone,
		saakornv1.CaseStep_CASE_STEP_RECOMMENDATION: func(ctx context.Context, x *part) error { return p.recommend(ctx, x, false) },
		saakornv1.CaseStep_CASE_STEP_DECISION:       p.decide,
	}
	do, ok := steps[c.GetStep()]
	if x.keeper == "" {
		do = p.takeCase
	}
	if !ok {
		return nil
	}
	l.acted()
	return do(ctx, x)
}

// assessAlone has those assess who have not, without a look at what the other says.
func (p *play) assessAlone(ctx context.Context, x *part) error {
	for seat, id := range x.assessors {
		a, err := p.enter(ctx, x, id)
		if err != nil {
			return err
		}
		file, err := a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
		if err != nil {
			return wrap("read the case", err)
		}
		if slices.ContainsFunc(file.GetAssessments(), func(s *saakornv1.Assessment) bool { return s.GetAssessorId() == id && s.GetSubmittedAt() != nil }) {
			continue
		}
		if err := p.score(ctx, x, a, seat); err != nil {
			return err
		}
		if err := submitAssessment(ctx, x, a); err != nil {
			return err
		}
	}
	return nil
}
