package caseworker

import (
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// signalWhy says what a signal rests on, in words.
func signalWhy(p ui.Page, s *saakornv1.Signal) string {
	facts := s.GetFacts()
	share := func(key string) string {
		n, err := strconv.ParseInt(facts[key], 10, 32)
		if err != nil {
			return "–"
		}
		return percent(p, new(int32(n)))
	}
	switch s.GetKind() {
	case saakornv1.SignalKind_SIGNAL_KIND_RUNWAY:
		const perMonth = 10
		tenths, err := strconv.ParseInt(facts["cash_months_tenths"], 10, 32)
		if err != nil {
			return ""
		}
		return p.T("signalwhy.runway", "n", decimal(p, tenths, perMonth))
	case saakornv1.SignalKind_SIGNAL_KIND_EARNED_SHARE_FALLS:
		return p.T("signalwhy.earned", "before", share("before_bp"), "now", share("now_bp"), "year", facts["year_before"])
	case saakornv1.SignalKind_SIGNAL_KIND_REPORT_MISSING:
		return p.T("signalwhy.report", "date", p.Date(facts["due_on"]))
	case saakornv1.SignalKind_SIGNAL_KIND_KEY_PERSON:
		n, err := strconv.Atoi(facts["contacts"])
		if err != nil {
			return ""
		}
		return p.N("signalwhy.contacts", n)
	case saakornv1.SignalKind_SIGNAL_KIND_CREAMING:
		return p.T("signalwhy.creaming", "n", facts["below_percent"])
	case saakornv1.SignalKind_SIGNAL_KIND_INTAKE_GAP:
		return p.T("signalwhy.gap", "n", facts["more_than_points"])
	default:
		return ""
	}
}

func riskTone(r saakornv1.FollowupRisk) ui.Tone {
	switch r {
	case saakornv1.FollowupRisk_FOLLOWUP_RISK_HIGH:
		return ui.Danger
	case saakornv1.FollowupRisk_FOLLOWUP_RISK_MEDIUM:
		return ui.Warning
	default:
		return ui.Success
	}
}
