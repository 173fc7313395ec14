package rehearsal

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/fictional"
)

// Parts of the story that have chance of their own: see [chance].
const (
	partContent = 1 << 16
	partScores  = 2 << 16
)

// write writes the application that the story wants.
func write(seed uint64, a *application) *saakornv1.ApplicationContent {
	contact := a.enterprise.People[0]
	return fictional.Content(chance(seed, partContent+uint64(a.index)), fictional.Applicant{
		Enterprise: a.enterprise.Name, Contact: contact.Name(), Email: contact.ID + "@saakorn.example",
		Type: a.kind, GrantYear: a.year, AmountOre: a.appliedOre,
	})
}

// chapters are the parts of an application in the order in which they are written.
func chapters() []string {
	return []string{
		"title", "contacts", "problem", "existing_services", "novelty", "target_group", "theory_of_change", "answers",
		"business_model", "sustainability_plan", "budget", "amount_applied_ore", "declarations",
	}
}

// register puts the enterprise in the register and lets colleagues in.
func (p *play) register(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	r, err := first.enterprises.RegisterEnterprise(ctx, &saakornv1.RegisterEnterpriseRequest{
		RequestId: fresh(), OrganizationNumber: x.enterprise.Number,
	})
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	x.enterpriseID = r.GetEnterprise().GetId()
	p.progress.step()
	if x.colleague == "" {
		return nil
	}
	_, err = first.enterprises.AddMember(ctx, &saakornv1.AddMemberRequest{
		RequestId: fresh(), EnterpriseId: x.enterpriseID, PersonId: x.colleague, Right: saakornv1.MemberRight_MEMBER_RIGHT_EDITOR,
	})
	if err != nil {
		return fmt.Errorf("let a colleague in: %w", err)
	}
	return nil
}

// writeToday does what the applicant has planned for the day.
func (p *play) writeToday(ctx context.Context, x *part, today int) error {
	if today == x.begun {
		if err := p.begin(ctx, x); err != nil {
			return err
		}
	}
	if today == x.submitted && x.received() && !x.late {
		if err := p.submit(ctx, x); err != nil {
			return err
		}
	}
	if today == x.corrected {
		return p.correct(ctx, x)
	}
	return nil
}

// begin starts the draft and saves the first chapters.
func (p *play) begin(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	r, err := first.applications.CreateApplication(ctx, &saakornv1.CreateApplicationRequest{
		RequestId: fresh(), CallId: p.callID, EnterpriseId: x.enterpriseID, Type: x.kind,
	})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	x.applicationID, x.etag = r.GetApplication().GetId(), r.GetApplication().GetEtag()
	stale := x.etag
	if err := p.save(ctx, x, first); err != nil || x.colleague == "" {
		return err
	}
	return p.join(ctx, x, stale)
}

// join lets the colleague go on: first from a page that is no longer the newest, which is refused,
// and then from the newest.
func (p *play) join(ctx context.Context, x *part, stale string) error {
	colleague, err := p.cast.as(ctx, x.colleague)
	if err != nil {
		return err
	}
	newest := x.etag
	x.etag = stale
	if err := p.cast.journal.mustRefuse("a save over somebody else's", "STALE_ETAG", p.save(ctx, x, colleague)); err != nil {
		return err
	}
	r, err := colleague.applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: x.applicationID})
	if err != nil {
		return fmt.Errorf("load a draft again: %w", err)
	}
	if r.GetApplication().GetEtag() != newest {
		return fmt.Errorf("the draft has the etag %s after a refused save, not %s", r.GetApplication().GetEtag(), newest)
	}
	x.etag = newest
	return p.save(ctx, x, colleague)
}

// save saves the next chapters: all of them in as many saves as the story says.
func (p *play) save(ctx context.Context, x *part, a *actor) error {
	all := chapters()
	until := min(x.written+(len(all)+x.saves-1)/x.saves, len(all))
	if err := p.update(ctx, x, a, all[x.written:until]); err != nil {
		return err
	}
	x.written = until
	return nil
}

func (p *play) update(ctx context.Context, x *part, a *actor, fields []string) error {
	r, err := a.applications.UpdateApplication(ctx, &saakornv1.UpdateApplicationRequest{
		RequestId: fresh(), ApplicationId: x.applicationID, Etag: x.etag, Content: x.content,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: fields},
	})
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	x.etag = r.GetApplication().GetEtag()
	return nil
}

// submit writes what is left, attaches the documents and submits.
func (p *play) submit(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	for x.written < len(chapters()) {
		if err := p.save(ctx, x, first); err != nil {
			return err
		}
	}
	if err := p.attach(ctx, x, first); err != nil {
		return err
	}
	receipt, err := p.send(ctx, x, first)
	if err != nil {
		return err
	}
	if receipt.GetLate() != x.late || receipt.GetVersion() != 1 {
		return fmt.Errorf("the receipt says version %d and late=%t, the story late=%t", receipt.GetVersion(), receipt.GetLate(), x.late)
	}
	p.progress.step()
	return nil
}

func (p *play) send(ctx context.Context, x *part, a *actor) (*saakornv1.Receipt, error) {
	r, err := a.applications.SubmitApplication(ctx, &saakornv1.SubmitApplicationRequest{
		RequestId: fresh(), ApplicationId: x.applicationID, Etag: x.etag,
	})
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	x.etag = r.GetReceipt().GetEtag()
	return r.GetReceipt(), nil
}

func (p *play) attach(ctx context.Context, x *part, a *actor) error {
	kinds := []string{"articles_of_association"}
	if x.kind == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
		kinds = append(kinds, "annual_accounts")
	}
	if x.extra {
		kinds = append(kinds, "letter_of_intent")
	}
	for _, kind := range kinds {
		h := &saakornv1.UploadHeader{RequestId: fresh(), ApplicationId: x.applicationID, Kind: kind, FileName: kind + ".pdf"}
		etag, err := p.cast.upload(ctx, a, h, fictional.PDF(kind+" of "+x.enterprise.Number))
		if err != nil {
			return err
		}
		x.etag = etag
	}
	return nil
}

// correct submits a second version before the close; the colleague does it where there is one.
func (p *play) correct(ctx context.Context, x *part) error {
	id := x.enterprise.PersonID()
	if x.colleague != "" {
		id = x.colleague
	}
	a, err := p.cast.as(ctx, id)
	if err != nil {
		return err
	}
	x.content.Novelty += " Vi har også fått en avtale med en nabokommune siden sist."
	if err := p.update(ctx, x, a, []string{"novelty"}); err != nil {
		return err
	}
	receipt, err := p.send(ctx, x, a)
	if err != nil {
		return err
	}
	if receipt.GetVersion() != 2 {
		return fmt.Errorf("the correction became version %d", receipt.GetVersion())
	}
	return nil
}

// submitTooLate tries to submit after the grace.
func (p *play) submitTooLate(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	_, err = p.send(ctx, x, first)
	if reasonOf(err) == "STALE_ETAG" {
		// Closing the draft has changed it: ask for the newest and try again.
		r, loadErr := first.applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: x.applicationID})
		if loadErr != nil {
			return fmt.Errorf("load a draft again: %w", loadErr)
		}
		x.etag = r.GetApplication().GetEtag()
		_, err = p.send(ctx, x, first)
	}
	return p.cast.journal.mustRefuse("a submission after the grace", "CALL_CLOSED", err)
}

// withdraw withdraws the application.
func (p *play) withdraw(ctx context.Context, x *part) error {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return err
	}
	_, err = first.applications.WithdrawApplication(ctx, &saakornv1.WithdrawApplicationRequest{
		RequestId: fresh(), ApplicationId: x.applicationID, Reason: "Vi har fått støtte fra en stiftelse og trenger ikke tilskuddet.",
	})
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}
