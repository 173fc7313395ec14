package installation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"saakorn/services/grant"
	"saakorn/services/payment"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// reported tells those who pay what the reports of an award let through, and how long an enterprise's money
// lasts by what it last reported.
type reported struct {
	reports reporting.Store
	awards  grant.Store
	schemes *scheme.Store
}

// Shown returns what the reports of the award let through at now.
func (r reported) Shown(ctx context.Context, q payment.Querier, awardID uuid.UUID, now time.Time) (payment.Shown, error) {
	award, err := r.awards.Award(ctx, q, awardID)
	if err != nil {
		return payment.Shown{}, err
	}
	rules, err := r.schemes.Definition(ctx, award.SchemeID, award.SchemeVersion)
	if err != nil {
		return payment.Shown{}, err
	}
	gates, err := r.reports.Gates(ctx, q, awardID, rules, now)
	if err != nil {
		return payment.Shown{}, err
	}
	return shown(gates), nil
}

// shown says what reports let through. A gate about a kind of report is open when there is one and each of
// them is settled: approved, or asked for no more, for example because the award was accepted after its due
// date. An auditor's statement is accepted with the report that it belongs to.
func shown(reports []reporting.Gate) payment.Shown {
	s := payment.Shown{Open: map[scheme.PaymentGate]bool{}}
	missing := map[scheme.ReportKind]bool{}
	for _, g := range reports {
		switch {
		case !g.HoldsPayment || g.Settled:
		case g.Overdue:
			s.Held = "OVERDUE"
		case g.Kind == scheme.ExtraReport && s.Held == "":
			s.Held = "NOT_APPROVED"
		}
		missing[g.Kind] = missing[g.Kind] || !g.Settled
	}
	for _, gate := range scheme.PaymentGates() {
		kind, about := gate.Report()
		lacking, asked := missing[kind]
		s.Open[gate] = about && asked && !lacking
	}
	return s
}

// Runway returns how long the enterprise's money lasts by its last report; nil when that does not say.
func (r reported) Runway(ctx context.Context, q payment.Querier, enterpriseID uuid.UUID) (*payment.Runway, error) {
	said, err := r.reports.Runway(ctx, q, enterpriseID)
	if err != nil || said == nil {
		return nil, err
	}
	return &payment.Runway{LastsUntil: said.LastsUntil, SaidAt: said.ReportedAt}, nil
}
