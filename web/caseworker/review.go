package caseworker

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// reading is a report as an officer reads it: beside its targets, the year before and what registers say.
type reading struct {
	sheet
	*saakornv1.GetReportResponse

	scheme   *saakornv1.Scheme
	schemes  schemes
	people   people
	versions []*saakornv1.ReportVersion
	// shown is the version that the page shows; nil when nothing has been submitted.
	shown *saakornv1.ReportVersion
	// figures are those of the newest version.
	figures *saakornv1.GetReportFiguresResponse
	trend   trend
	// before is what the approved final report of the year before says.
	before *trendYear
	// examples are those of the lifecycle.
	example *saakornv1.Example
}

// reviewRoutes are the page of a report and its forms.
func reviewRoutes() []site.Route {
	const r = "POST /followup/reports/{report}/"
	at := func(v *site.Visit) string { return reportAddress(v.Request.PathValue("report")) }
	page := again(readingWith)
	returned := each("questions", "questions", 50)
	returned["note"] = "note"
	return []site.Route{
		{Pattern: "GET /followup/reports/{report}", Show: func(v *site.Visit) error { return readingWith(v, sheet{}) }},
		{Pattern: "GET /followup/reports/{report}/attachments/{attachment}", Show: downloadReportFile},
		{Pattern: r + "return", Show: page.does(at, "report_returned", returned, returnReport)},
		{Pattern: r + "review", Show: page.does(at, "report_reviewed", map[string]string{"assessment": "assessment", "accepted_cost_ore": "accepted"}, reviewReport)},
		{Pattern: r + "approve", Show: page.does(at, "report_approved", map[string]string{"note": "note"}, approveReport)},
		{Pattern: r + "waive", Show: page.does(at, "report_waived", map[string]string{"reason": "reason"}, waiveReport)},
		{Pattern: r + "move", Show: page.does(at, "report_moved", map[string]string{"due_on": "due_on", "reason": "reason"}, moveReport)},
		{Pattern: r + "example", Show: page.does(at, "example_drafted", nil, draftExample)},
		{Pattern: "GET /lifecycles/{lifecycle}/reports", Show: showCourseReports},
		{Pattern: "POST /lifecycles/{lifecycle}/reports/awards/{subject}/add", Show: again(courseReportsWith).does(laneAt("reports"), "report_added",
			map[string]string{"title": "title", "due_on": "due_on", "reason": "reason"}, addReport)},
	}
}

func readingWith(v *site.Visit, s sheet) error {
	id, err := v.ID("report")
	if err != nil {
		return err
	}
	v.Page.Staff = true
	s.Page = v.Page
	answer, err := v.API.Reports.GetReport(v.Context(), &saakornv1.GetReportRequest{ReportId: id})
	if err != nil {
		return err
	}
	r := &reading{sheet: s, GetReportResponse: answer, schemes: schemes{}}
	if r.scheme, err = r.schemes.read(v, answer.GetReport().GetSchemeId(), answer.GetReport().GetSchemeVersion()); err != nil {
		return err
	}
	if r.people, err = everybody(v); err != nil {
		return err
	}
	if err := r.readFigures(v); err != nil {
		return err
	}
	return shown(v, s, reportPage(r))
}

// readFigures reads what follows from the report; those who only pay see none of it.
func (r *reading) readFigures(v *site.Visit) error {
	report := r.GetReport()
	if !followsUp(r.Page) {
		return nil
	}
	ctx := v.Context()
	versions, err := v.API.Reports.ListReportVersions(ctx, &saakornv1.ListReportVersionsRequest{ReportId: report.GetId()})
	if err != nil {
		return err
	}
	r.versions = versions.GetVersions()
	if len(r.versions) > 0 {
		r.shown = r.versions[0]
		for _, x := range r.versions {
			if strconv.Itoa(int(x.GetVersion())) == v.Value("version") {
				r.shown = x
			}
		}
		r.figures, err = v.API.Reports.GetReportFigures(ctx, &saakornv1.GetReportFiguresRequest{ReportId: report.GetId()})
		if err != nil {
			return err
		}
	}
	if r.trend, err = readTrend(v, report.GetLifecycleId(), report, r.figures.GetFinances()); err != nil {
		return err
	}
	for i, y := range r.trend {
		if y.year == report.GetGrantYear()-1 {
			r.before = &r.trend[i]
		}
	}
	examples, err := v.API.Examples.ListLifecycleExamples(ctx, &saakornv1.ListLifecycleExamplesRequest{LifecycleId: report.GetLifecycleId()})
	if err != nil {
		return err
	}
	for _, e := range examples.GetExamples() {
		if e.GetReportId() == report.GetId() {
			r.example = e
		}
	}
	return nil
}

func (r *reading) path() string { return reportAddress(r.GetReport().GetId()) }

func (r *reading) title() string { return r.schemes.title(r.Page, r.GetReport()) }

func (r *reading) officer() bool { return r.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

func (r *reading) decider() bool { return r.Person.Has(saakornv1.Role_ROLE_DECISION_MAKER) }

func (r *reading) is(states ...saakornv1.ReportState) bool {
	return slices.Contains(states, r.GetReport().GetState())
}

// final tells whether the costs of the project are accepted with the review.
func (r *reading) final() bool {
	return r.GetReport().GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL
}

// reviews tells whether the reader may review or return the report.
func (r *reading) reviews() bool {
	return r.officer() && r.is(saakornv1.ReportState_REPORT_STATE_SUBMITTED, saakornv1.ReportState_REPORT_STATE_REVIEWED)
}

// approves tells whether the reader may approve the report: where that lets money out, nobody does who has
// reviewed it.
func (r *reading) approves() bool {
	switch {
	case !r.officer() && !r.decider():
		return false
	case r.is(saakornv1.ReportState_REPORT_STATE_SUBMITTED):
		return !r.final() && !r.GetReport().GetFourEyes()
	case !r.is(saakornv1.ReportState_REPORT_STATE_REVIEWED):
		return false
	}
	return !r.GetReport().GetFourEyes() || r.GetReport().GetReviewedBy() != r.Person.ID
}

func (r *reading) moves() bool {
	return (r.officer() || r.decider()) && r.is(saakornv1.ReportState_REPORT_STATE_OPEN)
}

func (r *reading) waives() bool {
	return r.decider() && !r.is(saakornv1.ReportState_REPORT_STATE_APPROVED, saakornv1.ReportState_REPORT_STATE_WAIVED)
}

// drafts tells whether the reader may draft an example from the report.
func (r *reading) drafts() bool {
	return r.officer() && r.final() && r.is(saakornv1.ReportState_REPORT_STATE_APPROVED) && r.example == nil
}

// next says what the report waits for.
func (r *reading) next() string {
	key := strings.TrimPrefix(r.GetReport().GetState().String(), "REPORT_STATE_")
	switch {
	case r.GetReport().GetOverdue():
		key = "OVERDUE"
	case key == "REVIEWED" && r.GetReport().GetFourEyes() && r.GetReport().GetReviewedBy() == r.Person.ID:
		key = "REVIEWED_BY_YOU"
	case key == "SUBMITTED" && (r.final() || r.GetReport().GetFourEyes()):
		key = "SUBMITTED_TWO"
	}
	return r.T("review.next." + key)
}

// indicatorName names a result: the scheme's in the reader's language, the enterprise's own in its words.
func (r *reading) indicatorName(i *saakornv1.ReportedIndicator) string {
	return indicatorTitle(r.Page, r.scheme, i)
}

func indicatorTitle(p ui.Page, s *saakornv1.Scheme, i *saakornv1.ReportedIndicator) string {
	for _, rule := range s.GetReporting().GetIndicators() {
		if rule.GetKey() == i.GetKey() {
			return site.In(p.Language, rule.GetTitle())
		}
	}
	if i.GetTitle() != "" {
		return i.GetTitle()
	}
	return i.GetKey()
}

// count writes a number that may be missing.
func count(p ui.Page, n *int64) string {
	if n == nil {
		return "–"
	}
	return p.Number(*n)
}

// ofTarget says how much of the target was reached, in percent.
func ofTarget(p ui.Page, i *saakornv1.ReportedIndicator) string {
	if i.Actual == nil || i.GetTarget() <= 0 {
		return "–"
	}
	return p.Number((i.GetActual()*100+i.GetTarget()/2)/i.GetTarget()) + "\u00a0%"
}

// lineName names a line of the budget.
func (r *reading) lineName(key string) string {
	for _, line := range r.scheme.GetBudgetLines() {
		if line.GetKey() == key {
			return site.In(r.Language, line.GetTitle())
		}
	}
	return key
}

func (r *reading) documentName(kind string) string {
	for _, d := range r.scheme.GetReporting().GetAttachments() {
		if d.GetKey() == kind {
			return site.In(r.Language, d.GetTitle())
		}
	}
	return kind
}

func (r *reading) officeQuestion(key string) string {
	for _, q := range r.scheme.GetReporting().GetOfficeQuestions() {
		if q.GetKey() == key {
			return site.In(r.Language, q.GetLabel())
		}
	}
	return key
}

// costs are the sums of the project's budget and of what it cost.
func (r *reading) costs() (budget, actual int64) {
	for _, c := range r.shown.GetContent().GetCosts() {
		budget, actual = budget+c.GetBudgetOre(), actual+c.GetActualOre()
	}
	return budget, actual
}

// measured is a computed figure of this report, beside that of the year before.
type measured struct{ name, now, before string }

// measures are the computed figures of the finances.
func (r *reading) measures() []measured {
	now := r.figures.GetFinances()
	var old *saakornv1.FinancialFigures
	if r.before != nil {
		old = r.before.figures
	}
	row := func(key string, write func(f *saakornv1.FinancialFigures) string) measured {
		m := measured{r.T("figure." + key), write(now), "–"}
		if old != nil {
			m.before = write(old)
		}
		return m
	}
	share := func(read func(f *saakornv1.FinancialFigures) *int32) func(f *saakornv1.FinancialFigures) string {
		return func(f *saakornv1.FinancialFigures) string { return percent(r.Page, read(f)) }
	}
	rows := []measured{
		row("revenue", func(f *saakornv1.FinancialFigures) string { return r.Kroner(f.GetRevenueOre()) }),
		row("earned", share(func(f *saakornv1.FinancialFigures) *int32 { return f.EarnedShareBp })),
		row("earned_private", share(func(f *saakornv1.FinancialFigures) *int32 { return f.EarnedSharePrivateBp })),
		row("grant", share(func(f *saakornv1.FinancialFigures) *int32 { return f.GrantDependenceBp })),
		row("public", share(func(f *saakornv1.FinancialFigures) *int32 { return f.PublicDependenceBp })),
		row("concentration", share(func(f *saakornv1.FinancialFigures) *int32 { return f.ConcentrationBp })),
		row("margin", share(func(f *saakornv1.FinancialFigures) *int32 { return f.OperatingMarginBp })),
		row("margin_ex_grant", share(func(f *saakornv1.FinancialFigures) *int32 { return f.MarginExGrantBp })),
		row("liquidity", func(f *saakornv1.FinancialFigures) string { return ratio(r.Page, f.LiquidityRatioBp) }),
		row("equity", share(func(f *saakornv1.FinancialFigures) *int32 { return f.EquityRatioBp })),
		row("runway", func(f *saakornv1.FinancialFigures) string { return runway(r.Page, f) }),
		row("own", share(func(f *saakornv1.FinancialFigures) *int32 { return f.OwnContributionBp })),
	}
	if now.UnspentOre != nil {
		rows = append(rows, measured{r.T("figure.unspent"), r.Kroner(now.GetUnspentOre()), "–"})
	}
	if now.CostPerPlacementOre != nil {
		rows = append(rows, measured{r.T("figure.per_placement"), r.Kroner(now.GetCostPerPlacementOre()), "–"})
	}
	if now.CostPerParticipantOre != nil {
		rows = append(rows, measured{r.T("figure.per_participant"), r.Kroner(now.GetCostPerParticipantOre()), "–"})
	}
	return rows
}

// ratio writes a relation between two amounts, 10 000 basis points being as much of the one as of the other.
func ratio(p ui.Page, bp *int32) string {
	if bp == nil {
		return "–"
	}
	const whole = 10_000
	return decimal(p, int64(*bp), whole)
}

// runway says how long the money lasts without the grant.
func runway(p ui.Page, f *saakornv1.FinancialFigures) string {
	switch {
	case f.GetIncomeCovers():
		return p.T("figure.covers")
	case f.CashMonthsTenths == nil:
		return "–"
	}
	return p.T("figure.months", "n", decimal(p, int64(f.GetCashMonthsTenths()), 10))
}

// compared is a reported figure beside the registered one.
type compared struct {
	name, reported, registered string
	differs                    bool
}

// accounts compares the report with the register of accounts.
func (r *reading) accounts() []compared {
	a := r.figures.GetAccounts()
	f := r.shown.GetContent().GetFinances()
	var income int64
	for _, i := range f.GetIncome() {
		income += i.GetAmountOre()
	}
	var rows []compared
	differs := func(field string) bool {
		return slices.ContainsFunc(a.GetDifferences(), func(d *saakornv1.AccountsDifference) bool { return d.GetField() == field })
	}
	known := map[string]bool{}
	add := func(field string, reported, registered *int64) {
		known[field] = true
		if registered != nil && reported != nil {
			rows = append(rows, compared{r.T("accounts_field." + field), r.Kroner(*reported), r.Kroner(*registered), differs(field)})
		}
	}
	add("finances.income", &income, a.RevenueOre)
	add("finances.operating_cost_ore", f.OperatingCostOre, a.OperatingCostOre)
	add("finances.equity_ore", f.EquityOre, a.EquityOre)
	add("finances.total_assets_ore", f.TotalAssetsOre, a.TotalAssetsOre)
	for _, d := range a.GetDifferences() {
		if !known[d.GetField()] {
			rows = append(rows, compared{r.Or("accounts_field."+d.GetField(), "accounts_field.other"), r.Kroner(d.GetReportedOre()), r.Kroner(d.GetRegisteredOre()), true})
		}
	}
	return rows
}

// changed is what differs between two versions.
type changed struct{ name, before, now string }

// changes are the numbers that differ from the version before the one that is shown.
func (r *reading) changes() []changed {
	i := slices.Index(r.versions, r.shown)
	if i < 0 || i+1 >= len(r.versions) {
		return nil
	}
	old, now := r.versions[i+1].GetContent(), r.shown.GetContent()
	var rows []changed
	add := func(name, before, after string) {
		if before != after {
			rows = append(rows, changed{name, before, after})
		}
	}
	for _, x := range now.GetIndicators() {
		var before *int64
		for _, y := range old.GetIndicators() {
			if y.GetKey() == x.GetKey() {
				before = y.Actual
			}
		}
		add(r.indicatorName(x), count(r.Page, before), count(r.Page, x.Actual))
	}
	for _, x := range now.GetCosts() {
		var before int64
		for _, y := range old.GetCosts() {
			if y.GetLineKey() == x.GetLineKey() {
				before = y.GetActualOre()
			}
		}
		add(r.lineName(x.GetLineKey()), r.Kroner(before), r.Kroner(x.GetActualOre()))
	}
	a, b := r.amounts(old.GetFinances()), r.amounts(now.GetFinances())
	for _, field := range slices.Sorted(maps.Keys(b)) {
		add(r.Or("accounts_field."+field, "accounts_field.other"), a[field], b[field])
	}
	words := func(c *saakornv1.ReportContent) map[string]string {
		n := c.GetNarrative()
		return map[string]string{"summary": n.GetSummary(), "worked": n.GetWorked(), "did_not_work": n.GetDidNotWork(), "help_wanted": n.GetHelpWanted()}
	}
	before, after := words(old), words(now)
	for _, key := range []string{"summary", "worked", "did_not_work", "help_wanted"} {
		if before[key] != after[key] {
			rows = append(rows, changed{r.T("review." + key), r.T("review.text_before"), r.T("review.text_now")})
		}
	}
	return rows
}

// amounts are the reported amounts by field.
func (r *reading) amounts(f *saakornv1.ReportedFinances) map[string]string {
	var income int64
	for _, i := range f.GetIncome() {
		income += i.GetAmountOre()
	}
	return map[string]string{
		"finances.income": r.Kroner(income), "finances.operating_cost_ore": r.Kroner(f.GetOperatingCostOre()), "finances.bank_ore": r.Kroner(f.GetBankOre()),
		"finances.current_assets_ore": r.Kroner(f.GetCurrentAssetsOre()), "finances.current_liabilities_ore": r.Kroner(f.GetCurrentLiabilitiesOre()),
		"finances.equity_ore": r.Kroner(f.GetEquityOre()), "finances.total_assets_ore": r.Kroner(f.GetTotalAssetsOre()),
	}
}

// happened is something that has happened to the report.
type happened struct {
	at        *timestamppb.Timestamp
	what, who string
	details   []string
}

// history is everything that has happened to the report, the newest first.
func (r *reading) history() []happened {
	var all []happened
	for i, d := range r.GetDueDates() {
		h := happened{at: d.GetDecidedAt(), what: r.T("review.due_set", "date", r.Date(d.GetDueOn())), who: r.people.name(d.GetDecidedBy())}
		if i > 0 {
			h.what = r.T("review.due_moved", "date", r.Date(d.GetDueOn()))
		}
		if d.GetReason() != "" {
			h.details = []string{d.GetReason()}
		}
		all = append(all, h)
	}
	for _, n := range r.GetNotices() {
		all = append(all, happened{at: n.GetAt(), what: r.Or("review.notice."+n.GetKind(), "review.notice.other", "n", strconv.Itoa(int(n.GetDays())), "date", r.Date(n.GetDueOn())), who: r.T("history.system")})
	}
	for _, x := range r.versions {
		h := happened{at: x.GetSubmittedAt(), what: r.T("review.version_in", "n", strconv.Itoa(int(x.GetVersion()))), who: r.GetReport().GetEnterpriseName()}
		all = append(all, h)
	}
	for _, e := range r.GetReviews() {
		h := happened{at: e.GetMadeAt(), what: r.T("review.outcome."+e.GetOutcome(), "n", strconv.Itoa(int(e.GetVersion()))), who: r.people.name(e.GetMadeBy()), details: e.GetQuestions()}
		if e.GetNote() != "" {
			h.details = append([]string{e.GetNote()}, h.details...)
		}
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b happened) int { return b.at.AsTime().Compare(a.at.AsTime()) })
	return all
}

// returnReport sends the report back with questions.
func returnReport(v *site.Visit) error {
	_, err := v.API.Reports.ReturnReport(v.Context(), &saakornv1.ReturnReportRequest{
		RequestId: v.RequestID(), ReportId: v.Request.PathValue("report"), Etag: v.Value("etag"), Questions: lines(v, "questions"), Note: v.Value("note"),
	})
	return err
}

// reviewReport records what the officer makes of the report.
func reviewReport(v *site.Visit) error {
	request := &saakornv1.ReviewReportRequest{
		RequestId: v.RequestID(), ReportId: v.Request.PathValue("report"), Etag: v.Value("etag"), Assessment: v.Value("assessment"),
	}
	if v.Value("accepted") != "" {
		ore, err := amountIn(v, "accepted")
		if err != nil {
			return err
		}
		request.AcceptedCostOre = &ore
	}
	_, err := v.API.Reports.ReviewReport(v.Context(), request)
	return err
}

// approveReport approves the report.
func approveReport(v *site.Visit) error {
	_, err := v.API.Reports.ApproveReport(v.Context(), &saakornv1.ApproveReportRequest{
		RequestId: v.RequestID(), ReportId: v.Request.PathValue("report"), Etag: v.Value("etag"), Note: v.Value("note"),
	})
	return err
}

// waiveReport asks no more for the report.
func waiveReport(v *site.Visit) error {
	_, err := v.API.Reports.WaiveReport(v.Context(), &saakornv1.WaiveReportRequest{
		RequestId: v.RequestID(), ReportId: v.Request.PathValue("report"), Etag: v.Value("etag"), Reason: v.Value("reason"),
	})
	return err
}

// moveReport moves the due date.
func moveReport(v *site.Visit) error {
	_, err := v.API.Reports.MoveReportDueDate(v.Context(), &saakornv1.MoveReportDueDateRequest{
		RequestId: v.RequestID(), ReportId: v.Request.PathValue("report"), Etag: v.Value("etag"), DueOn: v.Value("due_on"), Reason: v.Value("reason"),
	})
	return err
}

// draftExample drafts a good example from the report.
func draftExample(v *site.Visit) error {
	_, err := v.API.Examples.DraftExample(v.Context(), &saakornv1.DraftExampleRequest{RequestId: v.RequestID(), ReportId: v.Request.PathValue("report")})
	return err
}

// downloadReportFile hands out a document of the report.
func downloadReportFile(v *site.Visit) error {
	id, err := v.ID("report")
	if err != nil {
		return err
	}
	attachment, err := v.ID("attachment")
	if err != nil {
		return err
	}
	stream, err := v.API.Reports.DownloadReportAttachment(v.Context(), &saakornv1.DownloadReportAttachmentRequest{ReportId: id, AttachmentId: attachment})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	site.OfferFile(v.Writer, first.GetAttachment().GetFileName(), first.GetAttachment().GetMediaType())
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("send a document: %w", err)
		}
		if _, err := v.Writer.Write(part.GetChunk()); err != nil {
			return nil //nolint:nilerr // the reader has gone away, and nobody else can be told
		}
	}
}

// missing tells whether the API has no such thing.
func missing(err error) bool { return site.ProblemOf(err).Code == codes.NotFound }
