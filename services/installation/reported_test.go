package installation

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/payment"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

func TestWhatReportsLetThrough(t *testing.T) {
	const interim, final, statement, conditions = scheme.GateInterimReportApproved, scheme.GateFinalReportApproved, scheme.GateAuditorStatement, scheme.GateConditionsSettled
	approved := time.Date(2019, 9, 10, 12, 0, 0, 0, time.UTC)
	report := func(kind scheme.ReportKind, change ...func(*reporting.Gate)) reporting.Gate {
		g := reporting.Gate{Kind: kind, HoldsPayment: true}
		for _, c := range change {
			c(&g)
		}
		return g
	}
	settled := func(g *reporting.Gate) { g.Settled, g.ApprovedAt = true, &approved }
	waived := func(g *reporting.Gate) { g.Settled = true }
	overdue := func(g *reporting.Gate) { g.Overdue = true }
	holdsNothing := func(g *reporting.Gate) { g.HoldsPayment = false }
	for name, tt := range map[string]struct {
		reports []reporting.Gate
		open    []scheme.PaymentGate
		held    string
	}{
		"nothing is planned yet":          {nil, nil, ""},
		"nothing has come":                {[]reporting.Gate{report(scheme.InterimReport), report(scheme.FinalReport)}, nil, ""},
		"the interim report is approved":  {[]reporting.Gate{report(scheme.InterimReport, settled), report(scheme.FinalReport)}, []scheme.PaymentGate{interim}, ""},
		"it is asked for no more":         {[]reporting.Gate{report(scheme.InterimReport, waived), report(scheme.FinalReport)}, []scheme.PaymentGate{interim}, ""},
		"one of two is approved":          {[]reporting.Gate{report(scheme.InterimReport, settled), report(scheme.InterimReport)}, nil, ""},
		"the final report with statement": {[]reporting.Gate{report(scheme.FinalReport, settled)}, []scheme.PaymentGate{final, statement}, ""},
		"one is overdue":                  {[]reporting.Gate{report(scheme.InterimReport, settled), report(scheme.FinalReport, overdue)}, []scheme.PaymentGate{interim}, "OVERDUE"},
		"an overdue one holds nothing":    {[]reporting.Gate{report(scheme.FinalReport, overdue, holdsNothing)}, nil, ""},
		"an extra one is awaited":         {[]reporting.Gate{report(scheme.InterimReport, settled), report(scheme.ExtraReport)}, []scheme.PaymentGate{interim}, "NOT_APPROVED"},
		"an extra one is overdue":         {[]reporting.Gate{report(scheme.ExtraReport, overdue)}, nil, "OVERDUE"},
		"overdue after an extra one":      {[]reporting.Gate{report(scheme.ExtraReport), report(scheme.FinalReport, overdue)}, nil, "OVERDUE"},
		"an extra one is approved":        {[]reporting.Gate{report(scheme.ExtraReport, settled)}, nil, ""},
		"an extra one holds nothing":      {[]reporting.Gate{report(scheme.ExtraReport, holdsNothing)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := payment.Shown{Open: map[scheme.PaymentGate]bool{interim: false, final: false, statement: false, conditions: false}, Held: tt.held}
			for _, g := range tt.open {
				want.Open[g] = true
			}
			if diff := cmp.Diff(want, shown(tt.reports)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
