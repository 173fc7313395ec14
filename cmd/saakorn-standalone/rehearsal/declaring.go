package rehearsal

import (
	"context"
	"fmt"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// mustBeImpartial tells whether the person prepares, assesses or decides cases, and so has to be
// impartial in them (fvl. § 6). Managers share out the work, and the auditor reads.
func mustBeImpartial(id string) bool {
	for _, team := range []string{"case-officer-", "assessor-", "decision-maker-"} {
		if strings.HasPrefix(id, team) {
			return true
		}
	}
	return false
}

// enter lets the person into the case: the first time they are turned away, and declare to be impartial.
func (p *play) enter(ctx context.Context, x *part, id string) (*actor, error) {
	a, err := p.cast.as(ctx, id)
	if err != nil || p.cast.journal.declared(id, x.caseID) {
		return a, err
	}
	if err := p.recall(ctx, x); err != nil || p.cast.journal.declared(id, x.caseID) {
		return a, err
	}
	_, err = a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
	if err := p.cast.journal.mustRefuse("a look at a case before declaring", "NOT_DECLARED", err); err != nil {
		return a, err
	}
	return a, p.declare(ctx, x, a, true, "")
}

// recall notes who declared in the case before the years were taken up again.
func (p *play) recall(ctx context.Context, x *part) error {
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	answer, err := m.impartiality.ListDeclarations(ctx, &saakornv1.ListDeclarationsRequest{CaseId: x.caseID})
	if err != nil {
		return fmt.Errorf("list declarations: %w", err)
	}
	for _, d := range answer.GetDeclarations() {
		p.cast.journal.declare(d.GetPersonId(), x.caseID)
	}
	return nil
}

func (p *play) declare(ctx context.Context, x *part, a *actor, impartial bool, why string) error {
	_, err := a.impartiality.DeclareImpartiality(ctx, &saakornv1.DeclareImpartialityRequest{
		RequestId: fresh(), CaseId: x.caseID, Impartial: impartial, Reason: why,
	})
	if err != nil {
		return fmt.Errorf("declare: %w", err)
	}
	return nil
}

// recuse has somebody declare that they are not impartial. The case is closed to them from then on;
// an assessor does not even learn that it is there.
func (p *play) recuse(ctx context.Context, x *part, id, reason string) error {
	a, err := p.cast.as(ctx, id)
	if err != nil {
		return err
	}
	if err := p.declare(ctx, x, a, false, "Jeg er søsken av daglig leder i virksomheten."); err != nil {
		return err
	}
	_, err = a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: x.caseID})
	return p.cast.journal.mustRefuse("a look at a case by whoever is not impartial in it", reason, err)
}

// assign has the manager give the case to the officer.
func (p *play) assign(ctx context.Context, x *part, officer string) error {
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	_, err = m.cases.AssignCase(ctx, &saakornv1.AssignCaseRequest{RequestId: fresh(), CaseId: x.caseID, OwnerId: officer})
	if err != nil {
		return fmt.Errorf("give the case to %s: %w", officer, err)
	}
	x.keeper = officer
	return nil
}

// handOver gives every open case of the officer who has fallen away to somebody else.
func (p *play) handOver(ctx context.Context) error {
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	left, err := pages(func(token string) ([]*saakornv1.Case, string, error) {
		r, err := m.cases.ListCases(ctx, &saakornv1.ListCasesRequest{CallId: p.callID, OwnerId: p.story.absent, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("list the cases of %s: %w", p.story.absent, err)
		}
		return r.GetCases(), r.GetNextPageToken(), nil
	})
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, c := range left {
		open[c.GetId()] = c.GetStep() != saakornv1.CaseStep_CASE_STEP_CLOSED
	}
	theirs := p.some(func(a *application) bool { return a.received() && open[p.parts[a].caseID] })
	return p.each(ctx, theirs, func(ctx context.Context, x *part) error {
		if err := p.assign(ctx, x, x.successor); err != nil {
			return err
		}
		_, err := p.enter(ctx, x, x.successor)
		return err
	})
}
