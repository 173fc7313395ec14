package rehearsal

import (
	"context"
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// askForMissing asks the applicant to complete the application.
func (p *play) askForMissing(ctx context.Context, x *part) error {
	officer, etag, err := p.openFile(ctx, x, x.keeper)
	if err != nil {
		return err
	}
	item := &saakornv1.Deficiency{Field: "theory_of_change.impact", Text: "Beskriv hva dere tror endrer seg på lang sikt, og hva dere bygger det på."}
	if !x.enterprise.RegisteredVoluntary {
		item = &saakornv1.Deficiency{Text: "Send bekreftelse på at virksomheten er registrert i Frivillighetsregisteret."}
	}
	_, err = officer.completeness.SendDeficiencyNotice(ctx, &saakornv1.SendDeficiencyNoticeRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Items: []*saakornv1.Deficiency{item},
	})
	if err != nil {
		return fmt.Errorf("ask for what is missing: %w", err)
	}
	return nil
}

// complete answers the question with a new version, long after the call has closed.
func (p *play) complete(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	r, err := first.applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: x.applicationID})
	if err != nil {
		return fmt.Errorf("load the application again: %w", err)
	}
	x.etag = r.GetApplication().GetEtag() // being asked is a change too
	x.content.TheoryOfChange.Impact += " Vi bygger det på tall fra de to siste årene, som vi har lagt til her."
	if err := p.update(ctx, x, first, []string{"theory_of_change"}); err != nil {
		return err
	}
	receipt, err := p.send(ctx, x, first)
	if err != nil {
		return err
	}
	if want := r.GetApplication().GetVersion() + 1; receipt.GetVersion() != want {
		return fmt.Errorf("the answer became version %d, not %d", receipt.GetVersion(), want)
	}
	return nil
}

// extend moves the date for the decision before it has passed.
func (p *play) extend(ctx context.Context, x *part) error {
	decider, etag, err := p.openFile(ctx, x, x.decider)
	if err != nil {
		return err
	}
	_, err = decider.completeness.ExtendDeadline(ctx, &saakornv1.ExtendDeadlineRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Until: extendedTo().String(),
		Reason: "Søknadene må vurderes samlet mot rammen, og det tar lengre tid enn vi har sagt.",
	})
	if err != nil {
		return fmt.Errorf("extend the time for a decision: %w", err)
	}
	return nil
}

// explain records why the date for the decision was not met, when it was not.
func (p *play) explain(ctx context.Context, x *part) error {
	officer, err := p.enter(ctx, x, x.keeper)
	if err != nil {
		return err
	}
	clock, err := officer.completeness.GetCaseClock(ctx, &saakornv1.GetCaseClockRequest{CaseId: x.caseID})
	if err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	if !clock.GetBreached() || explained(clock) {
		return nil
	}
	_, err = officer.completeness.ExplainBreach(ctx, &saakornv1.ExplainBreachRequest{
		RequestId: fresh(), CaseId: x.caseID, Reason: "En saksbehandler falt fra, og sakene måtte fordeles på nytt.",
	})
	if err != nil {
		return fmt.Errorf("explain a breach: %w", err)
	}
	return nil
}

// explained tells whether the reason for a breach has been recorded.
func explained(clock *saakornv1.GetCaseClockResponse) bool {
	for _, e := range clock.GetEvents() {
		if e.GetKind() == "EXPLAINED" && e.GetReason() != "" {
			return true
		}
	}
	return false
}
