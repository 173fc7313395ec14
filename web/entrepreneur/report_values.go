package entrepreneur

import (
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// shown writes what the report says into the inputs of a page.
func (r *report) shown(p text.Printer, step string) values {
	v, c := values{}, r.content()
	switch step {
	case stepQuestions:
		for _, a := range c.GetAnswers() {
			v["answers."+a.GetQuestionId()] = a.GetText()
		}
	case stepParticipants, stepResults:
		for _, i := range c.GetIndicators() {
			if r.measuresOutcome(i.GetKey()) == (step == stepResults) {
				v.showIndicator(p, i)
			}
		}
	case stepIncome:
		for _, i := range c.GetFinances().GetIncome() {
			v["income."+i.GetSource().String()] = amount(p, i.GetAmountOre())
		}
	case stepBalance:
		v.showBalance(p, c.GetFinances(), r.balanceFields())
	case stepAccounts:
		for _, cost := range c.GetCosts() {
			name := "costs." + cost.GetLineKey() + "."
			v[name+"actual_ore"], v[name+"comment"] = optionalAmount(p, cost.ActualOre), cost.GetComment()
		}
	case stepNarrative, stepLearning:
		v.showTexts(step, r.textFields(step), c)
	case stepReceived:
		v["received.amount_ore"] = optionalAmount(p, r.received().AmountOre)
		if r.received().GetConfirmed() {
			v["received.confirmed"] = yes
		}
	}
	return v
}

// received returns what is confirmed; never nil.
func (r *report) received() *saakornv1.ReceivedConfirmation {
	if received := r.content().GetReceived(); received != nil {
		return received
	}
	return &saakornv1.ReceivedConfirmation{}
}

// optionalAmount writes an amount that may be nothing, which is not the same as none.
func optionalAmount(p text.Printer, ore *int64) string {
	if ore == nil {
		return ""
	}
	return p.Amount(*ore)
}

func optionalNumber(p text.Printer, n *int64) string {
	if n == nil {
		return ""
	}
	return p.Number(*n)
}

func (v values) showIndicator(p text.Printer, i *saakornv1.ReportedIndicator) {
	name := "indicators." + i.GetKey() + "."
	for column, n := range map[string]*int64{"actual": i.Actual, "n": i.N, "baseline": i.Baseline} {
		v[name+column] = optionalNumber(p, n)
	}
	for column, n := range map[string]*int32{"deadweight_percent": i.DeadweightPercent, "others_percent": i.OthersPercent} {
		if n != nil {
			v[name+column] = strconv.Itoa(int(*n))
		}
	}
	if i.GetEvidence() != 0 {
		v[name+"evidence"] = i.GetEvidence().String()
	}
	v[name+"comment"] = i.GetComment()
}

func (v values) showBalance(p text.Printer, f *saakornv1.ReportedFinances, fields []string) {
	m := f.ProtoReflect()
	for _, name := range fields {
		if field := m.Descriptor().Fields().ByName(protoreflect.Name(name)); m.Has(field) {
			v["finances."+name] = p.Amount(m.Get(field).Int())
		}
	}
	if f.GetMonths() > 0 {
		v["finances.months"] = strconv.Itoa(int(f.GetMonths()))
	}
	if f.GetAudited() {
		v["finances.audited"] = yes
	}
}

// textFields returns the texts of a page. An extra report has the summary only.
func (r *report) textFields(step string) []string {
	switch {
	case step == stepLearning:
		return []string{"would_do_differently", "can_be_copied"}
	case r.rule.GetKind() == "EXTRA":
		return []string{"summary"}
	}
	return []string{"summary", "worked", "did_not_work", "help_wanted"}
}

func (v values) showTexts(part string, fields []string, c *saakornv1.ReportContent) {
	message := c.ProtoReflect()
	m := message.Get(message.Descriptor().Fields().ByName(protoreflect.Name(part))).Message()
	for _, name := range fields {
		v[part+"."+name] = m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name))).String()
	}
}

// reporting turns what was typed on a page into content of a report.
type reporting struct {
	reading
	report  *report
	content *saakornv1.ReportContent
}

func (r *report) read(p text.Printer, step string, typed values) (change, ui.Errors) {
	f := &reporting{reading: reading{values: typed, printer: p}, report: r, content: proto.CloneOf(r.content())}
	paths := f.step(step)
	return change{
		same: proto.Equal(f.content, r.content()),
		save: func(v *site.Visit) error { return r.update(v, paths, f.content) },
	}, f.errors
}

func (r *report) update(v *site.Visit, paths []string, content *saakornv1.ReportContent) error {
	answer, err := v.API.Reports.UpdateReport(v.Context(), &saakornv1.UpdateReportRequest{
		RequestId: site.NewRequestID(), ReportId: r.report.GetId(), Etag: r.report.GetEtag(), Content: content,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
	})
	if err != nil {
		return err
	}
	answer.GetReport().EnterpriseName = r.report.GetEnterpriseName()
	r.hold(answer.GetReport())
	return nil
}

// step reads a page into the content and returns the paths that it has written.
func (f *reporting) step(step string) []string {
	switch step {
	case stepQuestions:
		f.answers()
		return []string{"answers"}
	case stepParticipants, stepResults:
		f.indicators(step)
		return []string{"indicators"}
	case stepIncome:
		f.income()
		return []string{"finances.income"}
	case stepBalance:
		return f.balance()
	case stepAccounts:
		f.costs()
		return []string{"costs"}
	case stepNarrative:
		f.content.Narrative = &saakornv1.ReportNarrative{
			Summary: f.values["narrative.summary"], Worked: f.values["narrative.worked"],
			DidNotWork: f.values["narrative.did_not_work"], HelpWanted: f.values["narrative.help_wanted"],
		}
	case stepLearning:
		f.content.Learning = &saakornv1.ReportLearning{
			WouldDoDifferently: f.values["learning.would_do_differently"], CanBeCopied: f.values["learning.can_be_copied"],
		}
	case stepReceived:
		f.content.Received = &saakornv1.ReceivedConfirmation{
			Confirmed: f.values["received.confirmed"] == yes, AmountOre: f.optionalKroner("received.amount_ore"),
		}
	}
	return []string{step}
}

func (f *reporting) optionalKroner(name string) *int64 {
	if f.values[name] == "" {
		return nil
	}
	return new(f.kroner(name))
}

func (f *reporting) optionalNumber(name string) *int64 {
	if f.values[name] == "" {
		return nil
	}
	return new(f.number(name))
}

func (f *reporting) optionalPercent(name string) *int32 {
	n := f.optionalNumber(name)
	if n == nil {
		return nil
	}
	if *n > 100 {
		f.wrong(name, "NOT_A_PERCENTAGE")
		return nil
	}
	return new(int32(*n))
}

func (f *reporting) answers() {
	f.content.Answers = slices.DeleteFunc(f.content.GetAnswers(), func(a *saakornv1.ReportAnswer) bool {
		return slices.ContainsFunc(f.report.questions(), func(q *saakornv1.ReportQuestion) bool { return q.GetId() == a.GetQuestionId() })
	})
	for _, q := range f.report.questions() {
		if text := f.values["answers."+q.GetId()]; text != "" {
			f.content.Answers = append(f.content.Answers, &saakornv1.ReportAnswer{QuestionId: q.GetId(), Text: text})
		}
	}
}

func (f *reporting) indicators(step string) {
	asked, more := f.report.indicatorRows(step)
	read := map[string]*saakornv1.ReportedIndicator{}
	for _, row := range slices.Concat(asked, more) {
		read[row.key] = f.indicator(row)
	}
	for _, row := range asked {
		if len(row.sum) > 0 {
			addUp(read[row.key], row.sum, read)
		}
	}
	var list []*saakornv1.ReportedIndicator
	held := map[string]bool{}
	for _, i := range f.content.GetIndicators() {
		held[i.GetKey()] = true
		if typed, here := read[i.GetKey()]; here {
			i = typed
		}
		list = append(list, i)
	}
	for _, row := range slices.Concat(asked, more) {
		if i := read[row.key]; !held[row.key] && !proto.Equal(i, &saakornv1.ReportedIndicator{Key: row.key}) {
			list = append(list, i)
		}
	}
	f.content.Indicators = list
}

func (f *reporting) indicator(row indicatorRow) *saakornv1.ReportedIndicator {
	i, name := proto.CloneOf(row.saved), "indicators."+row.key+"."
	i.Actual, i.N = f.optionalNumber(name+"actual"), f.optionalNumber(name+"n")
	i.Evidence = saakornv1.EvidenceLevel(saakornv1.EvidenceLevel_value[f.values[name+"evidence"]])
	i.DeadweightPercent, i.OthersPercent = f.optionalPercent(name+"deadweight_percent"), f.optionalPercent(name+"others_percent")
	i.Comment = f.values[name+"comment"]
	if row.rule != nil {
		// What the application said before the grant began stands; the enterprise writes the others.
		if typed, asked := f.values[name+"baseline"]; asked && typed != "" {
			i.Baseline = f.optionalNumber(name + "baseline")
		}
	}
	return i
}

// addUp makes the indicator the sum of its parts, known as well as the part that is known least.
func addUp(i *saakornv1.ReportedIndicator, parts []string, read map[string]*saakornv1.ReportedIndicator) {
	i.Actual, i.Evidence = nil, saakornv1.EvidenceLevel_EVIDENCE_LEVEL_UNSPECIFIED
	var sum int64
	for _, key := range parts {
		part := read[key]
		if part.Actual == nil {
			i.Evidence = saakornv1.EvidenceLevel_EVIDENCE_LEVEL_UNSPECIFIED
			return
		}
		sum += part.GetActual()
		i.Evidence = max(i.GetEvidence(), part.GetEvidence())
	}
	i.Actual = &sum
}

func (f *reporting) finances() *saakornv1.ReportedFinances {
	if f.content.GetFinances() == nil {
		f.content.Finances = &saakornv1.ReportedFinances{}
	}
	return f.content.GetFinances()
}

func (f *reporting) income() {
	finances := f.finances()
	finances.Income = nil
	for _, source := range incomeSources() {
		if name := "income." + source.String(); f.values[name] != "" {
			finances.Income = append(finances.Income, &saakornv1.SourceIncome{Source: source, AmountOre: f.kroner(name)})
		}
	}
}

func (f *reporting) balance() []string {
	finances := f.finances()
	m := finances.ProtoReflect()
	var paths []string
	for _, name := range f.report.balanceFields() {
		field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		paths = append(paths, "finances."+name)
		m.Clear(field)
		if f.values["finances."+name] != "" {
			m.Set(field, protoreflect.ValueOfInt64(f.signed("finances."+name, name == "equity_ore")))
		}
	}
	finances.Months, finances.Audited = int32(min(f.number("finances.months"), 1<<20)), f.values["finances.audited"] == yes
	return append(paths, "finances.months", "finances.audited")
}

// signed reads an amount; only some may be below zero.
func (f *reporting) signed(name string, mayBeNegative bool) int64 {
	if !mayBeNegative {
		return f.kroner(name)
	}
	ore, ok := site.SignedKroner(f.values[name])
	if !ok {
		f.wrong(name, "NOT_AN_AMOUNT")
	}
	return ore
}

func (f *reporting) costs() {
	for _, cost := range f.content.GetCosts() {
		name := "costs." + cost.GetLineKey() + "."
		cost.ActualOre, cost.Comment = f.optionalKroner(name+"actual_ore"), f.values[name+"comment"]
	}
}
