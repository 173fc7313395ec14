package scheme

import (
	"fmt"
	"slices"
)

// payment checks how awards are paid and how money comes back.
func (v validator) payment() {
	rules := v.definition.Payment
	v.instalments(rules.Instalments)
	v.positive("payment.expected_days", int64(rules.ExpectedDays))
	v.positive("payment.bank_silence_days", int64(rules.BankSilenceDays))
	v.recovery(rules.Recovery)
	v.statuteKey("payment.statutes.payment", rules.Statutes.Payment)
	v.statuteKey("payment.statutes.recovery", rules.Statutes.Recovery)
	v.paymentLetters(rules.Letters)
}

func (v validator) instalments(list []InstalmentRule) {
	v.notEmpty("payment.instalments", len(list))
	keys := v.newKeys()
	sum := 0
	for i, rule := range list {
		field := fmt.Sprintf("payment.instalments[%d]", i)
		keys.add(field+".key", rule.Key)
		v.text(field+".title", rule.Title)
		v.positive(field+".share_percent", int64(rule.SharePercent))
		sum += rule.SharePercent
		for j, gate := range rule.Gates {
			path := fmt.Sprintf("%s.gates[%d]", field, j)
			if !slices.Contains(PaymentGates(), gate) {
				v.add(path, "unknown gate %q", gate)
			}
			if slices.Contains(rule.Gates[:j], gate) {
				v.add(path, "%s is listed twice", gate)
			}
			v.gate(path, gate)
		}
	}
	if len(list) > 0 && sum != 100 {
		v.add("payment.instalments", "the shares make %d percent of the award, not 100", sum)
	}
}

// gate demands that the reports that open a gate are asked for, so that no instalment waits for ever.
func (v validator) gate(field string, gate PaymentGate) {
	rules := v.definition.Reporting
	kind, about := gate.Report()
	if about && !slices.ContainsFunc(rules.Calendar, func(r ReportRule) bool { return r.Kind == kind && r.HoldsPayment }) {
		v.add(field, "%s waits for a report of kind %s that holds the payment, and reporting.calendar has none", gate, kind)
	}
	if gate == GateAuditorStatement && rules.AuditorStatement.ThresholdOre == nil {
		v.add(field, "%s waits for a statement that reporting.auditor_statement never asks for", gate)
	}
}

func (v validator) recovery(rules RecoveryRules) {
	v.positive("payment.recovery.due_days", int64(rules.DueDays))
	v.positive("payment.recovery.max_parts", int64(rules.MaxParts))
	v.notEmpty("payment.recovery.dunning_days", len(rules.DunningDays))
	for i, days := range rules.DunningDays {
		field := fmt.Sprintf("payment.recovery.dunning_days[%d]", i)
		v.positive(field, int64(days))
		if i > 0 && days <= rules.DunningDays[i-1] {
			v.add(field, "has to be more than the one before it, %d", rules.DunningDays[i-1])
		}
	}
}

// statuteKey demands the key of a statute that is listed.
func (v validator) statuteKey(field, key string) {
	if key == "" {
		v.add(field, "is missing; name a key in statutes")
		return
	}
	if !slices.ContainsFunc(v.definition.Statutes, func(s Statute) bool { return s.Key == key }) {
		v.add(field, "there is no statute %q", key)
	}
}

func (v validator) paymentLetters(letters []Letter) {
	seen := map[LetterKey]bool{}
	for i, letter := range letters {
		field := fmt.Sprintf("payment.letters[%d]", i)
		if !slices.Contains(PaymentLetterKeys(), letter.Key) {
			v.add(field+".key", "unknown letter %q", letter.Key)
		}
		if seen[letter.Key] {
			v.add(field+".key", "%s is written twice", letter.Key)
		}
		seen[letter.Key] = true
		v.letterWith(field, letter, fullPaymentLetter)
	}
	for _, key := range PaymentLetterKeys() {
		if !seen[key] {
			v.add("payment.letters", "the letter %s is missing", key)
		}
	}
}

// fullPaymentLetter returns data in which nothing is empty, and data with only what every letter has.
func fullPaymentLetter(statutes map[string]string) []any {
	return []any{
		PaymentLetterData{
			EnterpriseName: "Eksempelverkstedet AS", OrganizationNumber: "123 456 785", Reference: "SE-2019-0001", GrantYear: "2019",
			Amount: FormatAmount(50_000_000, Bokmal), Outstanding: FormatAmount(40_000_000, Bokmal), Overdue: FormatAmount(10_000_000, Bokmal),
			Parts: []string{"100 000 kroner innen 15. mars 2020"}, Account: "3260 05 96984", PaymentReference: "1234567890128",
			Unused: true, Administrator: "Forvalteren", Statute: statutes,
		},
		PaymentLetterData{Statute: statutes},
	}
}
