package rehearsal

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/fictional"
	"saakorn/services/platform/calendar"
)

// report has enterprises write the reports that they owe, some late.
func (l *life) report(ctx context.Context) error {
	if l.ended() {
		return nil
	}
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	for _, state := range []saakornv1.ReportState{saakornv1.ReportState_REPORT_STATE_OPEN, saakornv1.ReportState_REPORT_STATE_RETURNED} {
		owed, err := pages(func(token string) ([]*saakornv1.Report, string, error) {
			r, err := m.reports.ListReports(ctx, &saakornv1.ListReportsRequest{
				State: state, DueFrom: l.today.AddDays(-200).String(), DueTo: l.today.AddDays(officeEvery - 1).String(), PageSize: 200, PageToken: token,
			})
			return r.GetReports(), r.GetNextPageToken(), wrap("list reports", err)
		})
		if err != nil {
			return err
		}
		err = inTurn(ctx, owed, (*saakornv1.Report).GetEnterpriseName, func(ctx context.Context, r *saakornv1.Report) error {
			return again(func() error { return l.writeReport(ctx, r) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// delay is how many days after the due date the report comes; below zero when it comes in time.
func (l *life) delay(r *saakornv1.Report) int {
	name := r.GetEnterpriseName()
	if l.lots[name] == silent && r.GetGrantYear() == firstYear && r.GetKind() == saakornv1.ReportKind_REPORT_KIND_INTERIM {
		return 90
	}
	// In the last year somebody still owes a report when the story ends.
	if int(r.GetGrantYear()) == l.lastYear && l.drawn("owes", name).IntN(6) == 0 {
		return 200
	}
	switch n := l.drawn("delay", name, r.GetGrantYear(), r.GetReportKey()).IntN(100); {
	case n < 5:
		return 35
	case n < 20:
		return 6
	default:
		return -officeEvery
	}
}

func (l *life) writeReport(ctx context.Context, listed *saakornv1.Report) error {
	due, err := calendar.Parse(listed.GetDueOn())
	if err != nil {
		return wrap("read a date", err)
	}
	if listed.GetState() == saakornv1.ReportState_REPORT_STATE_OPEN && l.today.Before(due.AddDays(l.delay(listed))) || l.lifecycleIsGone(listed.GetLifecycleId()) {
		return nil
	}
	person, err := l.manager(ctx, listed.GetEnterpriseName())
	if err != nil {
		return err
	}
	full, err := person.reports.GetReport(ctx, &saakornv1.GetReportRequest{ReportId: listed.GetId()})
	if err != nil {
		return wrap("read a report", err)
	}
	r := full.GetReport()
	if r.GetState() != listed.GetState() {
		return nil
	}
	content, err := l.fill(ctx, person, r)
	if err != nil {
		return err
	}
	saved, err := person.reports.UpdateReport(ctx, &saakornv1.UpdateReportRequest{RequestId: fresh(), ReportId: r.GetId(), Etag: r.GetEtag(), Content: content})
	if err != nil {
		return wrap("save a report", err)
	}
	etag := saved.GetReport().GetEtag()
	if r.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL {
		for _, kind := range []string{"annual_accounts", "auditor_statement", "project_report"} {
			if slices.ContainsFunc(r.GetAttachments(), func(a *saakornv1.ReportAttachment) bool { return a.GetKind() == kind }) {
				continue
			}
			if etag, err = l.uploadTo(ctx, person, r.GetId(), kind, listed.GetEnterpriseName()); err != nil {
				return err
			}
		}
	}
	l.acted()
	_, err = person.reports.SubmitReport(ctx, &saakornv1.SubmitReportRequest{RequestId: fresh(), ReportId: r.GetId(), Etag: etag})
	return wrap("submit a report", err)
}

func (l *life) uploadTo(ctx context.Context, a *actor, reportID, kind, name string) (string, error) {
	stream, err := a.reports.UploadReportAttachment(ctx)
	if err != nil {
		return "", wrap("upload a file", err)
	}
	h := &saakornv1.ReportUploadHeader{RequestId: fresh(), ReportId: reportID, Kind: kind, FileName: kind + ".pdf"}
	for _, part := range []*saakornv1.UploadReportAttachmentRequest{
		{Part: &saakornv1.UploadReportAttachmentRequest_Header{Header: h}},
		{Part: &saakornv1.UploadReportAttachmentRequest_Chunk{Chunk: fictional.PDF(fmt.Sprintf("%s of %s", kind, l.byName[name].Number))}},
	} {
		if err := stream.Send(part); err != nil {
			break // the server has answered early: CloseAndRecv tells what
		}
	}
	r, err := stream.CloseAndRecv()
	return r.GetEtag(), wrap("upload a file", err)
}

// results are numbers that can be true together, for a group of sixty.
func results() map[string]int64 {
	return map[string]int64{
		"reached": 60, "intake": 40, "in_work_training": 30, "completed": 20, "dropped_out": 10,
		"placements_internal": 3, "placements_external": 12, "job_placements": 15, "ordinary_jobs": 9, "permanent_jobs": 6,
		"fulltime_jobs": 8, "to_education": 5, "followed_6m": 14, "in_work_6m": 8, "followed_12m": 6, "in_work_12m": 1,
		"intake_classified": 30, "intake_hardest": 12, "ended_hardest": 12, "placements_hardest": 5,
		"intake_from_nav": 20, "life_changing": 10, "life_improving": 20,
	}
}

// fill writes what the report tells: an enterprise earns more from year to year, and those whose lot it is
// run out of money.
func (l *life) fill(ctx context.Context, person *actor, r *saakornv1.Report) (*saakornv1.ReportContent, error) {
	award, err := person.grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: r.GetAwardId()})
	if err != nil {
		return nil, wrap("read an award", err)
	}
	plan, err := person.payments.GetPaymentPlan(ctx, &saakornv1.GetPaymentPlanRequest{AwardId: r.GetAwardId()})
	if err != nil {
		return nil, wrap("read a plan", err)
	}
	var received int64
	for _, b := range plan.GetBalances() {
		if b.GetAccount() == "PAID" {
			received = b.GetAmountOre()
		}
	}
	name, final := r.GetEnterpriseName(), r.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL
	d := l.drawn("report", name, r.GetGrantYear())
	c := proto.CloneOf(r.GetContent())
	if c == nil {
		c = &saakornv1.ReportContent{}
	}
	scale := int64(1 + d.IntN(2))
	for _, i := range c.GetIndicators() {
		n, known := results()[i.GetKey()]
		if !known {
			n = 7
		}
		i.Actual, i.Evidence = new(n*scale), saakornv1.EvidenceLevel_EVIDENCE_LEVEL_B
	}
	c.Finances = l.finances(name, int(max(award.GetAward().GetYearNumber(), 1)), received, d.Int64N(200_000_00), final)
	for _, cost := range c.GetCosts() {
		cost.ActualOre = new(cost.GetBudgetOre())
	}
	c.Narrative = &saakornv1.ReportNarrative{ //nolint:gosec // the letters p and W of HelpWanted are taken for a password
		Summary: "Året gikk stort sett etter planen, og flere enn i fjor er i arbeid.", Worked: "Korte perioder med praksis hos to bedrifter.",
		DidNotWork: "Kurs på kveldstid, der få kom.", HelpWanted: "Vi trenger hjelp med å sette priser.",
	}
	if r.GetState() == saakornv1.ReportState_REPORT_STATE_RETURNED {
		c.Narrative.Summary += " Vi har forklart tallene for praksis nærmere her, slik dere ba om."
	}
	c.Received = &saakornv1.ReceivedConfirmation{Confirmed: true, AmountOre: new(received)}
	c.Learning = &saakornv1.ReportLearning{WouldDoDifferently: "Begynne med bedriftene før deltakerne kommer.", CanBeCopied: "Praksisavtalen."}
	return c, nil
}

func (l *life) finances(name string, year int, received, more int64, final bool) *saakornv1.ReportedFinances {
	sales := int64(year)*250_000_00 + more
	bank := 350_000_00 + more
	if l.lots[name] == weak {
		sales, bank = max(600_000_00-int64(year)*120_000_00, 50_000_00), 60_000_00
	}
	f := &saakornv1.ReportedFinances{
		Income: []*saakornv1.SourceIncome{
			{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS, AmountOre: sales},
			{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL, AmountOre: sales / 2},
			{Source: saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT, AmountOre: max(received, 1)},
			{Source: saakornv1.IncomeSource_INCOME_SOURCE_FOUNDATION, AmountOre: 200_000_00},
		},
		LargestPayerOre: new(max(sales/2, 100_000_00)), BankOre: new(bank), CurrentAssetsOre: new(bank + 100_000_00), CurrentLiabilitiesOre: new(int64(180_000_00)),
		EquityOre: new(bank / 2), TotalAssetsOre: new(bank + 250_000_00), OwnFundsOre: new(int64(120_000_00)), Months: 12,
	}
	f.OperatingCostOre = new(sales + sales/2 + received + 260_000_00)
	if !final {
		f.Months = 6
	}
	return f
}

// readReport has the officer read a report: some are returned with a question first.
func (l *life) readReport(ctx context.Context, t *saakornv1.Task) error {
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	full, err := officer.reports.GetReport(ctx, &saakornv1.GetReportRequest{ReportId: t.GetSubjectId()})
	if err != nil {
		return wrap("read a report", err)
	}
	r := full.GetReport()
	if r.GetState() != saakornv1.ReportState_REPORT_STATE_SUBMITTED {
		return nil
	}
	l.acted()
	if r.GetVersion() == 1 && l.drawn("return", r.GetEnterpriseName(), r.GetGrantYear(), r.GetReportKey()).IntN(8) == 0 {
		_, err := officer.reports.ReturnReport(ctx, &saakornv1.ReturnReportRequest{
			RequestId: fresh(), ReportId: r.GetId(), Etag: r.GetEtag(), Questions: []string{"Hvor mange av dem som var i praksis, var der i mer enn tre måneder?"},
		})
		return wrap("return a report", err)
	}
	q := &saakornv1.ReviewReportRequest{RequestId: fresh(), ReportId: r.GetId(), Etag: r.GetEtag(), Assessment: "Rapporten svarer på det den skal, og tallene henger sammen."}
	if r.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL {
		q.AcceptedCostOre = new(r.GetAmountOre())
	}
	_, err = officer.reports.ReviewReport(ctx, q)
	return wrap("review a report", err)
}

// approveReport has a decision maker approve what an officer has reviewed.
func (l *life) approveReport(ctx context.Context, t *saakornv1.Task) error {
	decider, err := l.as(ctx, l.decider(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	full, err := decider.reports.GetReport(ctx, &saakornv1.GetReportRequest{ReportId: t.GetSubjectId()})
	if err != nil {
		return wrap("read a report", err)
	}
	l.acted()
	_, err = decider.reports.ApproveReport(ctx, &saakornv1.ApproveReportRequest{RequestId: fresh(), ReportId: t.GetSubjectId(), Etag: full.GetReport().GetEtag()})
	return wrap("approve a report", err)
}
