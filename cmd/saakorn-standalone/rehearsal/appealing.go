package rehearsal

import (
	"context"
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// appeal appeals the decision.
func (p *play) appeal(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	r, err := first.appeals.SubmitAppeal(ctx, &saakornv1.SubmitAppealRequest{
		RequestId: fresh(), ApplicationId: x.applicationID,
		Grounds: "Vi mener at planen vår er undervurdert, og at samarbeidet med kommunen ikke er tatt med.", ChangeWanted: "Vi ber om hele beløpet.",
	})
	if err != nil {
		return fmt.Errorf("appeal: %w", err)
	}
	if late := r.GetAppeal().GetLate(); late != (x.sequel == lateAppeal) {
		return fmt.Errorf("the appeal counts as late=%t", late)
	}
	x.appealID = r.GetAppeal().GetId()
	return nil
}

// newestAppeal returns the person and the newest etag of the appeal.
func (p *play) newestAppeal(ctx context.Context, x *part, id string) (*actor, string, error) {
	a, err := p.enter(ctx, x, id)
	if err != nil {
		return nil, "", err
	}
	r, err := a.appeals.ListAppeals(ctx, &saakornv1.ListAppealsRequest{ApplicationId: x.applicationID})
	if err != nil {
		return nil, "", fmt.Errorf("read the appeal: %w", err)
	}
	if len(r.GetAppeals()) != 1 {
		return nil, "", fmt.Errorf("the application has %d appeals", len(r.GetAppeals()))
	}
	return a, r.GetAppeals()[0].GetEtag(), nil
}

// prepareAppeal gives the appeal to somebody new, after trying to give it to whoever recommended.
func (p *play) prepareAppeal(ctx context.Context, x *part) error {
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	give := func(owner string) error {
		_, err := m.appeals.AssignAppeal(ctx, &saakornv1.AssignAppealRequest{RequestId: fresh(), AppealId: x.appealID, OwnerId: owner})
		return err
	}
	if err := p.cast.journal.mustRefuse("an appeal given to whoever recommended", "NOT_SOMEBODY_NEW", give(x.recommender)); err != nil {
		return err
	}
	if err := give(x.appealOfficer); err != nil {
		return fmt.Errorf("give the appeal to %s: %w", x.appealOfficer, err)
	}
	officer, etag, err := p.newestAppeal(ctx, x, x.appealOfficer)
	if err != nil {
		return err
	}
	d, amountOre := x.disposition()
	_, err = officer.appeals.PrepareAppeal(ctx, &saakornv1.PrepareAppealRequest{
		RequestId: fresh(), AppealId: x.appealID, Etag: etag, Recommended: d, AmountOre: amountOre,
		Assessment: "Klagen er vurdert på nytt mot vurderingene og vedtaket.",
	})
	if err != nil {
		return fmt.Errorf("prepare an appeal: %w", err)
	}
	return nil
}

// disposition is what the directorate does with the appeal, and what the case is awarded by that.
func (x *part) disposition() (saakornv1.AppealDisposition, int64) {
	switch x.sequel {
	case wonAppeal, raisedAppeal:
		return saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED, x.finalOre()
	case lateAppeal:
		return saakornv1.AppealDisposition_APPEAL_DISPOSITION_DISMISSED, 0
	default:
		return saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED, 0
	}
}

// decideAppeal decides what is done with the appeal, as prepared.
func (p *play) decideAppeal(ctx context.Context, x *part) error {
	decider, etag, err := p.newestAppeal(ctx, x, x.appealDecider)
	if err != nil {
		return err
	}
	d, amountOre := x.disposition()
	_, err = decider.appeals.DecideAppeal(ctx, &saakornv1.DecideAppealRequest{
		RequestId: fresh(), AppealId: x.appealID, Etag: etag, Disposition: d, AmountOre: amountOre,
	})
	if err != nil {
		return fmt.Errorf("decide an appeal: %w", err)
	}
	if d != saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED {
		p.progress.step()
	}
	return nil
}

// recordOutcome records what the appeal body decided.
func (p *play) recordOutcome(ctx context.Context, x *part) error {
	officer, etag, err := p.newestAppeal(ctx, x, x.appealOfficer)
	if err != nil {
		return err
	}
	outcome := saakornv1.AppealOutcome_APPEAL_OUTCOME_UPHELD
	if x.sequel == changedAppeal {
		outcome = saakornv1.AppealOutcome_APPEAL_OUTCOME_CHANGED
	}
	_, err = officer.appeals.RecordAppealOutcome(ctx, &saakornv1.RecordAppealOutcomeRequest{
		RequestId: fresh(), AppealId: x.appealID, Etag: etag, Outcome: outcome, AmountOre: x.finalOre(),
		Reasons: "Klageinstansen har gått gjennom saken og kommet til dette.",
	})
	if err != nil {
		return fmt.Errorf("record what the appeal body decided: %w", err)
	}
	p.progress.step()
	return nil
}

// reverse changes the decision in the party's favour without an appeal (fvl. § 35), after trying to
// change it to the party's detriment.
func (p *play) reverse(ctx context.Context, x *part) error {
	decider, etag, err := p.openFile(ctx, x, x.decider)
	if err != nil {
		return err
	}
	q := &saakornv1.ReverseDecisionRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Outcome: saakornv1.Outcome_OUTCOME_REJECTED,
		Reasons: "Vi har oppdaget at en post i budsjettet ble regnet to ganger.",
	}
	_, err = decider.appeals.ReverseDecision(ctx, q)
	if err := p.cast.journal.mustRefuse("a reversal to the party's detriment", "REVERSAL_TO_DETRIMENT", err); err != nil {
		return err
	}
	q.RequestId, q.Outcome, q.AmountOre = fresh(), x.finalOutcome(), x.finalOre()
	if _, err := decider.appeals.ReverseDecision(ctx, q); err != nil {
		return fmt.Errorf("reverse a decision: %w", err)
	}
	p.progress.step()
	return nil
}
