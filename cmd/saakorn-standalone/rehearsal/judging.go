package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// findCases learns which case each application has become.
func (p *play) findCases(ctx context.Context) error {
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	cases, err := listCases(ctx, m, p.callID)
	if err != nil {
		return err
	}
	byApplication := map[string]string{}
	for _, c := range cases {
		byApplication[c.GetApplicationId()] = c.GetId()
	}
	for _, x := range p.some((*application).received) {
		if x.caseID = byApplication[x.applicationID]; x.caseID == "" {
			return fmt.Errorf("%s: the application has no case", x.enterprise.Name)
		}
		p.cast.journal.opened(x.applicationID, x.caseID)
	}
	return nil
}

func listCases(ctx context.Context, a *actor, callID string) ([]*saakornv1.Case, error) {
	return pages(func(token string) ([]*saakornv1.Case, string, error) {
		r, err := a.cases.ListCases(ctx, &saakornv1.ListCasesRequest{CallId: callID, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("list cases: %w", err)
		}
		return r.GetCases(), r.GetNextPageToken(), nil
	})
}

// pages asks for one page after the other.
func pages[T any](ask func(token string) (items []T, next string, err error)) ([]T, error) {
	var all []T
	for token := ""; ; {
		items, next, err := ask(token)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if next == "" {
			return all, nil
		}
		token = next
	}
}

// takeCase gives the case to an officer, who goes on with it or asks for what is missing. An officer
// who is not impartial leaves it to another.
func (p *play) takeCase(ctx context.Context, x *part) error {
	if x.recusedOfficer != "" {
		if err := p.assign(ctx, x, x.recusedOfficer); err != nil {
			return err
		}
		if err := p.recuse(ctx, x, x.recusedOfficer, "NOT_IMPARTIAL"); err != nil {
			return err
		}
	}
	if err := p.assign(ctx, x, x.officer); err != nil {
		return err
	}
	p.progress.step()
	if x.asked != "" {
		return p.askForMissing(ctx, x)
	}
	return p.clear(ctx, x)
}

// clear answers the findings and names the assessors.
func (p *play) clear(ctx context.Context, x *part) error {
	officer, err := p.enter(ctx, x, x.keeper)
	if err != nil {
		return err
	}
	file, err := officer.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
	if err != nil {
		return fmt.Errorf("read the case: %w", err)
	}
	for _, finding := range file.GetFindings() {
		if err := p.answer(ctx, x, officer, finding); err != nil {
			return err
		}
	}
	if x.fate == dismissedOnForm {
		return nil
	}
	if x.recusedAssessor != "" {
		if err := p.name(ctx, x, officer, []string{x.recusedAssessor, x.assessors[1]}); err != nil {
			return err
		}
		if err := p.recuse(ctx, x, x.recusedAssessor, "NOT_FOUND"); err != nil {
			return err
		}
	}
	return p.name(ctx, x, officer, x.assessors)
}

// name names the assessors.
func (p *play) name(ctx context.Context, x *part, officer *actor, assessors []string) error {
	_, err := officer.cases.AssignAssessors(ctx, &saakornv1.AssignAssessorsRequest{RequestId: fresh(), CaseId: x.caseID, AssessorIds: assessors})
	if err != nil {
		return fmt.Errorf("name assessors: %w", err)
	}
	return nil
}

func (p *play) answer(ctx context.Context, x *part, officer *actor, f *saakornv1.Finding) error {
	q := &saakornv1.AnswerFindingRequest{RequestId: fresh(), CaseId: x.caseID, FindingId: f.GetId()}
	switch f.GetProposed() {
	case saakornv1.FindingOutcome_FINDING_OUTCOME_MET:
		q.Answer = f.GetProposed()
	case saakornv1.FindingOutcome_FINDING_OUTCOME_NOT_MET:
		if f.GetKey() != "voluntary_registry" {
			return fmt.Errorf("the check of %s says that it is not met, which the story does not know: %v", f.GetKey(), f.GetEvidence())
		}
		q.Answer, q.Reason = f.GetProposed(), "Oppslag i Frivillighetsregisteret bekrefter det, og virksomheten har ikke søkt om registrering."
		if x.fate != dismissedOnForm {
			q.Answer = saakornv1.FindingOutcome_FINDING_OUTCOME_CONTINUE_WITHOUT
			q.Reason = "Virksomheten har dokumentert at registreringen er sendt inn og er under behandling."
		}
	default:
		q.Answer, q.Reason = saakornv1.FindingOutcome_FINDING_OUTCOME_MET, "Dokumentet er lest, og kravet er oppfylt."
	}
	if _, err := officer.cases.AnswerFinding(ctx, q); err != nil {
		return fmt.Errorf("answer the finding %s: %w", f.GetKey(), err)
	}
	return nil
}

// assess has two people assess independently. The second one looks at the case before and after the
// first has submitted, and must see nothing of it; afterwards both see both.
func (p *play) assess(ctx context.Context, x *part) error {
	first, err := p.enter(ctx, x, x.assessors[0])
	if err != nil {
		return err
	}
	second, err := p.enter(ctx, x, x.assessors[1])
	if err != nil {
		return err
	}
	if err := p.score(ctx, x, first, 0); err != nil {
		return err
	}
	if err := p.look(ctx, x, second, 0); err != nil {
		return err
	}
	if err := submitAssessment(ctx, x, first); err != nil {
		return err
	}
	if err := p.look(ctx, x, second, 0); err != nil {
		return err
	}
	if err := p.score(ctx, x, second, 1); err != nil {
		return err
	}
	if err := p.look(ctx, x, first, 0); err != nil { // nor does the first see a draft of the second
		return err
	}
	if err := submitAssessment(ctx, x, second); err != nil {
		return err
	}
	return errors.Join(p.look(ctx, x, first, 1), p.look(ctx, x, second, 1))
}

// look notes how many assessments of others somebody sees.
func (p *play) look(ctx context.Context, x *part, a *actor, want int) error {
	file, err := a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
	if err != nil {
		return fmt.Errorf("look at the case: %w", err)
	}
	others := slices.DeleteFunc(file.GetAssessments(), func(s *saakornv1.Assessment) bool { return s.GetAssessorId() == a.id })
	wrong := ""
	if len(others) != want {
		wrong = fmt.Sprintf("%s saw %d assessments of others in %s, not %d", a.id, len(others), file.GetCase().GetNumber(), want)
	}
	p.cast.journal.glimpse(wrong)
	return nil
}

func (p *play) score(ctx context.Context, x *part, a *actor, seat int) error {
	drawn := chance(p.story.seed, partScores+uint64(x.index*2+seat))
	low, reason := int32(1), "Søknaden viser ikke godt nok hvordan dette skal nås."
	if x.fate == awarded {
		low, reason = 3, "Søknaden viser konkret hvordan dette skal nås, og hva som skal måles."
	}
	var scores []*saakornv1.Score
	for _, c := range p.criteria {
		if len(c.GetAppliesTo()) == 0 || slices.Contains(c.GetAppliesTo(), x.kind) {
			scores = append(scores, &saakornv1.Score{Criterion: c.GetKey(), Value: low + drawn.Int32N(3), Reason: reason})
		}
	}
	_, err := a.cases.SaveAssessment(ctx, &saakornv1.SaveAssessmentRequest{RequestId: fresh(), CaseId: x.caseID, Scores: scores})
	if err != nil {
		return fmt.Errorf("save an assessment: %w", err)
	}
	return nil
}

func submitAssessment(ctx context.Context, x *part, a *actor) error {
	_, err := a.cases.SubmitAssessment(ctx, &saakornv1.SubmitAssessmentRequest{RequestId: fresh(), CaseId: x.caseID})
	if err != nil {
		return fmt.Errorf("submit an assessment: %w", err)
	}
	return nil
}

// recommend puts a recommendation before the decision maker. One that will come back is not yet
// what the case ends with.
func (p *play) recommend(ctx context.Context, x *part, firstTry bool) error {
	officer, etag, err := p.openFile(ctx, x, x.keeper)
	if err != nil {
		return err
	}
	x.recommender = x.keeper
	q := &saakornv1.RecommendRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Outcome: x.outcome(), AmountOre: x.awardedOre, Reasons: reasons(x.application),
	}
	if x.fate == awarded {
		q.Conditions = []string{fmt.Sprintf("Rapport med regnskap leveres innen 31. mars %d.", x.year+1)}
		if firstTry {
			q.Outcome = saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED
			q.AmountOre = x.awardedOre / 2
		}
	}
	if firstTry {
		q.Reasons = "Se vurderingene."
	}
	if q.Etag, err = answerContinuation(ctx, x, officer, etag); err != nil {
		return err
	}
	if _, err := officer.cases.Recommend(ctx, q); err != nil {
		return fmt.Errorf("recommend: %w", err)
	}
	return nil
}

func reasons(a *application) string {
	switch a.fate {
	case awarded:
		return "Virksomheten oppfyller kravene, og vurderingene viser at planen er konkret og gjennomførbar. Beløpet følger budsjettet for de delene som er best begrunnet."
	case dismissedOnForm:
		return "Virksomheten er ikke registrert i Frivillighetsregisteret, som er et vilkår for å få søknaden vurdert."
	case dismissedAsLate:
		return "Søknaden kom etter fristen, og forsinkelsen er ikke begrunnet."
	default:
		return "Virksomheten oppfyller kravene, men andre søknader når lenger i vurderingen, og rammen rekker ikke til alle."
	}
}

// openFile returns the person and the newest etag of the case.
func (p *play) openFile(ctx context.Context, x *part, id string) (*actor, string, error) {
	a, err := p.enter(ctx, x, id)
	if err != nil {
		return nil, "", err
	}
	file, err := a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
	if err != nil {
		return nil, "", fmt.Errorf("read the case: %w", err)
	}
	return a, file.GetCase().GetEtag(), nil
}

// returnToOfficer sends the recommendation back with a note.
func (p *play) returnToOfficer(ctx context.Context, x *part) error {
	decider, etag, err := p.openFile(ctx, x, x.decider)
	if err != nil {
		return err
	}
	_, err = decider.cases.ReturnRecommendation(ctx, &saakornv1.ReturnRecommendationRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Note: "Begrunnelsen må vise hvordan vurderingene er veid mot hverandre.",
	})
	if err != nil {
		return fmt.Errorf("return the recommendation: %w", err)
	}
	return nil
}

// decide decides as recommended. Before that, the officer says why it took so long when it did, and
// some try what must not succeed.
func (p *play) decide(ctx context.Context, x *part) error {
	if err := p.explain(ctx, x); err != nil {
		return err
	}
	if x.recusedDecider != "" {
		if err := p.recuse(ctx, x, x.recusedDecider, "NOT_IMPARTIAL"); err != nil {
			return err
		}
	}
	if x.fourEyes {
		err := p.decideAs(ctx, x, x.officer, x.outcome(), x.awardedOre, "")
		if err := p.cast.journal.mustRefuse("a decision by whoever recommended", "FOUR_EYES", err); err != nil {
			return err
		}
	}
	if x.application == p.story.last {
		if err := p.exceedFrame(ctx, x); err != nil {
			return err
		}
	}
	if err := p.decideAs(ctx, x, x.decider, x.outcome(), x.awardedOre, ""); err != nil {
		return err
	}
	p.progress.step()
	return nil
}

func (p *play) decideAs(ctx context.Context, x *part, id string, outcome saakornv1.Outcome, amountOre int64, why string) error {
	a, etag, err := p.openFile(ctx, x, id)
	if err != nil {
		return err
	}
	_, err = a.cases.Decide(ctx, &saakornv1.DecideRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Outcome: outcome, AmountOre: amountOre, Reasons: why,
	})
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	return nil
}

// exceedFrame tries to award all that was applied for, when less than that is left of the frame.
func (p *play) exceedFrame(ctx context.Context, x *part) error {
	decider, err := p.enter(ctx, x, x.decider)
	if err != nil {
		return err
	}
	budget, err := decider.calls.GetCallBudget(ctx, &saakornv1.GetCallBudgetRequest{CallId: p.callID})
	if err != nil {
		return fmt.Errorf("read the frame: %w", err)
	}
	if free := budget.GetFreeOre(); free < x.awardedOre || free >= x.appliedOre {
		return fmt.Errorf("%d øre are left of the frame: the story wants enough for %d øre and not for %d øre", free, x.awardedOre, x.appliedOre)
	}
	err = p.decideAs(ctx, x, x.decider, saakornv1.Outcome_OUTCOME_APPROVED, x.appliedOre, "Hele behovet er godt begrunnet.")
	return p.cast.journal.mustRefuse("a decision beyond the frame", "FRAME_EXCEEDED", err)
}
