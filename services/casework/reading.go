package casework

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
)

// GetCase returns a case with what the caller may see of it.
func (s *Server) GetCase(ctx context.Context, r *saakornv1.GetCaseRequest) (*saakornv1.GetCaseResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	p, err := s.presenter(ctx, s.Pool, f.Case)
	if err != nil {
		return nil, err
	}
	covered := p.roster.StandsInFor(caller.ID)
	isStaff := caller.Has(access.Staff()...)
	if !isStaff && f.toAssess(caller.ID, covered...) == nil {
		return nil, fault.NewNotFound("case")
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	names, err := person.Names(ctx, s.Pool, assessorIDs(f.Assessments))
	if err != nil {
		return nil, err
	}
	sealed := f.undecidedAssessor(caller.ID, covered...)
	answer := &saakornv1.GetCaseResponse{Case: p.present(f.Case), AssessorIds: assessorIDs(f.Assessments)}
	if sealed && !isStaff {
		answer.AssessorIds = []string{f.toAssess(caller.ID, covered...).AssessorID}
	}
	for _, finding := range f.Findings {
		answer.Findings = append(answer.Findings, presentFinding(finding))
	}
	for _, a := range visibleAssessments(f, caller.ID, covered...) {
		answer.Assessments = append(answer.Assessments, presentAssessment(a, names, isStaff || a.AssessorID == caller.ID))
	}
	if sealed {
		return answer, nil // what others think would colour an assessment that is still being made
	}
	if err := s.addSpreads(ctx, f, answer); err != nil || !isStaff {
		return answer, err
	}
	for _, rec := range f.Recommendations {
		answer.Recommendations = append(answer.Recommendations, presentRecommendation(rec))
	}
	for _, d := range f.Decisions {
		answer.Decisions = append(answer.Decisions, presentDecision(d))
	}
	changes, err := loadOwnerChanges(ctx, s.Pool, f.Case)
	if err != nil {
		return nil, err
	}
	answer.OwnerChanges, err = presentOwnerChanges(ctx, s.Pool, changes)
	return answer, err
}

// addSpreads shows how the assessors agree, once nobody who was asked is still at it.
func (s *Server) addSpreads(ctx context.Context, f File, answer *saakornv1.GetCaseResponse) error {
	if slices.ContainsFunc(f.Assessments, Assessment.pending) {
		return nil
	}
	rules, err := s.Schemes.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return err
	}
	answer.Spreads = presentSpreads(f.spreads(rules), rules.Assessment.MaxSpread)
	return nil
}

// toAssess returns the assessment that is the person's to make or has been made by them: their own, or
// the one of somebody whom they stand in for and who has not submitted; nil when there is none.
func (f File) toAssess(personID string, standsInFor ...string) *Assessment {
	if own := f.assessment(personID); own != nil {
		return own
	}
	i := slices.IndexFunc(f.Assessments, func(a Assessment) bool { return a.pending() && slices.Contains(standsInFor, a.AssessorID) })
	if i < 0 {
		return nil
	}
	return &f.Assessments[i]
}

// undecidedAssessor tells whether the person is asked to assess, has not submitted yet, and still
// may: once the case has been decided or has ended there is no assessment left to colour.
func (f File) undecidedAssessor(personID string, standsInFor ...string) bool {
	own := f.toAssess(personID, standsInFor...)
	return own != nil && own.SubmittedAt == nil && f.DecidedAt == nil && f.WithdrawnAt == nil
}

// visibleAssessments are one's own, and those that others have submitted; an assessor sees the
// others' only after submitting (R10).
func visibleAssessments(f File, personID string, standsInFor ...string) []Assessment {
	sealed := f.undecidedAssessor(personID, standsInFor...)
	return slices.DeleteFunc(slices.Clone(f.Assessments), func(a Assessment) bool {
		return a.AssessorID != personID && (sealed || a.SubmittedAt == nil)
	})
}

// ListCases returns the cases that the caller may see, in the order in which they came in.
func (s *Server) ListCases(ctx context.Context, r *saakornv1.ListCasesRequest) (*saakornv1.ListCasesResponse, error) {
	caller, _ := access.From(ctx)
	f := Filter{ID: optionalID(r.GetCaseId()), CallID: optionalID(r.GetCallId()), ApplicationID: optionalID(r.GetApplicationId())}
	if r.GetStep() != saakornv1.CaseStep_CASE_STEP_UNSPECIFIED {
		f.Steps = []Step{stepOf(r.GetStep())}
	}
	day, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	f = day.seenBy(day.ownedBy(f, r.GetOwnerId()), caller)
	cases, next, err := s.searchPage(ctx, r, Search{Filter: f})
	if err != nil {
		return nil, err
	}
	p, err := s.presenter(ctx, s.Pool, cases...)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListCasesResponse{NextPageToken: next}
	for _, c := range cases {
		answer.Cases = append(answer.Cases, p.present(c))
	}
	return answer, nil
}

// checkTheirs refuses an application that has not been submitted, or that the caller, who is not
// staff, may not act for, or whose case the caller is not impartial in.
func (s *Server) checkTheirs(ctx context.Context, applicationID uuid.UUID) error {
	a, err := s.Applications.Submission(ctx, s.Pool, applicationID)
	if err != nil {
		return err
	}
	caller, _ := access.From(ctx)
	if caller.Has(access.Staff()...) {
		return s.CheckImpartial(ctx, applicationID)
	}
	right, err := s.Enterprises.Right(ctx, caller.ID, a.EnterpriseID)
	if err != nil {
		return err
	}
	if !right.CanRead() {
		return fault.NewNotFound("application")
	}
	return nil
}

// GetProgress tells where the case of an application stands and what is expected next (R61).
func (s *Server) GetProgress(ctx context.Context, r *saakornv1.GetProgressRequest) (*saakornv1.GetProgressResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	if err := s.checkTheirs(ctx, id); err != nil {
		return nil, err
	}
	c, found, err := s.Store.Find(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	if !found {
		// Received, and on its way to the directorate's queue.
		return &saakornv1.GetProgressResponse{Steps: []*saakornv1.ProgressStep{{Step: presentStep(Screening), Current: true}}}, nil
	}
	f, err := load(ctx, s.Pool, c.ID)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, c.SchemeID, c.SchemeVersion)
	if err != nil {
		return nil, err
	}
	call, err := s.Schemes.Call(ctx, s.Pool, c.CallID)
	if err != nil {
		return nil, err
	}
	f.CallClosesAt = call.ClosesAt
	p, err := s.presenter(ctx, s.Pool, c)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetProgressResponse{CaseNumber: c.Number, ContactName: p.names[cmp.Or(p.acting(c), c.OwnerID)]}
	if c.NotifiedAt != nil || c.WithdrawnAt != nil {
		answer.Outcome = presentOutcome(c.Outcome) // not before the party has been told
	}
	f.CallClosesAt = call.ClosesAt
	answer.Steps = f.progress(f.clock(rules, s.Clock.Now()).Due)
	return answer, nil
}

// progress lays out the steps with what is done and what is expected.
func (f File) progress(decisionDue calendar.Date) []*saakornv1.ProgressStep {
	completed := map[Step]*time.Time{
		Screening: f.ScreenedAt, Deciding: f.DecidedAt, Notification: f.NotifiedAt, Closed: f.ClosedAt,
	}
	expected := map[Step]calendar.Date{Deciding: decisionDue, AwaitingAppeal: f.AppealDeadline}
	at := slices.Index(Steps(), f.Step)
	var steps []*saakornv1.ProgressStep
	for i, step := range Steps() {
		if (step == Completing || step == Appealing) && step != f.Step {
			continue // not on every case's way
		}
		p := &saakornv1.ProgressStep{Step: presentStep(step), Current: i == at && f.ClosedAt == nil}
		if t := completed[step]; t != nil && i <= at {
			p.CompletedAt = timestamppb.New(*t)
		}
		if date := expected[step]; !date.IsZero() && i >= at {
			p.ExpectedDate = date.String()
		}
		steps = append(steps, p)
	}
	return steps
}

// ListCaseEvents returns everything that happened to the case, oldest first.
func (s *Server) ListCaseEvents(ctx context.Context, r *saakornv1.ListCaseEventsRequest) (*saakornv1.ListCaseEventsResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	after, err := page.Place(r, int64(0))
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	roster, err := s.roster(ctx, s.Pool)
	if err != nil {
		return nil, err
	}
	covered := roster.StandsInFor(caller.ID)
	events, err := audit.OfApplication(ctx, s.Pool, f.ApplicationID, after, page.Size(r)+1)
	if err != nil {
		return nil, err
	}
	events, next, err := page.Cut(r, events, func(last audit.Event) int64 { return last.ID })
	if err != nil {
		return nil, err
	}
	actors := make([]string, 0, len(events))
	for _, e := range events {
		actors = append(actors, e.ActorID)
	}
	names, err := person.Names(ctx, s.Pool, actors)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListCaseEventsResponse{NextPageToken: next}
	for _, e := range events {
		p := presentEvent(e, hidden(e, f, caller.ID, covered...))
		if e.ActorID != access.SystemID {
			p.ActorName = cmp.Or(names[e.ActorID], e.ActorID)
		}
		answer.Events = append(answer.Events, p)
	}
	return answer, nil
}

// hidden tells whether the event would show an assessor what others think before they have
// submitted their own assessment, or anybody a draft assessment of somebody else.
func hidden(e audit.Event, f File, personID string, standsInFor ...string) bool {
	if e.ActorID == personID {
		return false
	}
	switch e.Action {
	case "ASSESSMENT_SAVED":
		return true
	case "ASSESSMENT_SUBMITTED", "ASSESSMENT_MODERATED", "CONTINUATION_ANSWERED", "RECOMMENDED", "RECOMMENDATION_RETURNED":
		return f.undecidedAssessor(personID, standsInFor...)
	}
	return false
}

// ListLetters returns the letters about an application, newest first.
func (s *Server) ListLetters(ctx context.Context, r *saakornv1.ListLettersRequest) (*saakornv1.ListLettersResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	mine, all, err := s.seenParties(ctx, id)
	if err != nil {
		return nil, err
	}
	applicant, err := s.applicant(ctx, id)
	if err != nil {
		return nil, err
	}
	letters, err := letter.OfApplication(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListLettersResponse{}
	for _, l := range letters {
		if all || slices.Contains(mine, partyOf(l, applicant)) {
			answer.Letters = append(answer.Letters, presentLetter(l))
		}
	}
	if !all {
		return answer, nil
	}
	return answer, s.addDeliveries(ctx, answer.GetLetters())
}
