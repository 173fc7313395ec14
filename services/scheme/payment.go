package scheme

import (
	"slices"

	"saakorn/services/platform/calendar"
)

// PaymentRules say how an award is paid, what is shown first, and how money comes back (R30, R66, R71;
// bestemmelser om økonomistyring i staten, 6.3).
type PaymentRules struct {
	// Instalments are paid in this order; their shares make the whole award.
	Instalments []InstalmentRule `yaml:"instalments"`
	// ExpectedDays is the aim from accepted terms to the first payment, in calendar days (R71).
	ExpectedDays int `yaml:"expected_days"`
	// BankSilenceDays is how many calendar days the bank may say nothing of an order before somebody
	// is asked to call it.
	BankSilenceDays int           `yaml:"bank_silence_days"`
	Recovery        RecoveryRules `yaml:"recovery"`
	// Statutes names the rules that payments rest on, by their keys among the scheme's statutes.
	Statutes PaymentStatutes `yaml:"statutes"`
	// Letters are about claims: one for each of [PaymentLetterKeys].
	Letters []Letter `yaml:"letters"`
}

// InstalmentRule is one part of an award that is paid at once. Every instalment waits for the accepted
// terms, a confirmed account of the enterprise's own, an enterprise that is registered and solvent,
// and for the end of a suspension.
type InstalmentRule struct {
	Key   string `yaml:"key"`
	Title Text   `yaml:"title"`
	// SharePercent of the award; the last instalment is what is left of it.
	SharePercent int `yaml:"share_percent"`
	// Gates is what this instalment waits for besides.
	Gates []PaymentGate `yaml:"gates"`
}

// PaymentGate is something that has to be shown before an instalment is paid.
type PaymentGate string

// The gates that a scheme can ask for.
const (
	GateConditionsSettled     PaymentGate = "CONDITIONS_SETTLED"      // no condition of the award is open
	GateInterimReportApproved PaymentGate = "INTERIM_REPORT_APPROVED" // somebody has approved the interim report
	GateFinalReportApproved   PaymentGate = "FINAL_REPORT_APPROVED"   // and the final report
	// GateAuditorStatement is asked for only when the award is as large as [StatementRule] says. The
	// statement is accepted with the final report that it belongs to.
	GateAuditorStatement PaymentGate = "AUDITOR_STATEMENT"
)

// PaymentGates returns every gate that a scheme can ask for.
func PaymentGates() []PaymentGate {
	return []PaymentGate{GateConditionsSettled, GateInterimReportApproved, GateFinalReportApproved, GateAuditorStatement}
}

// Report returns the kind of report that opens the gate; false when it is about none.
func (g PaymentGate) Report() (ReportKind, bool) {
	switch g {
	case GateInterimReportApproved:
		return InterimReport, true
	case GateFinalReportApproved, GateAuditorStatement:
		return FinalReport, true
	case GateConditionsSettled:
	}
	return "", false
}

// RecoveryRules say how money that is claimed back is paid.
type RecoveryRules struct {
	// DueDays is how many calendar days the enterprise gets from the day the claim is made.
	DueDays int `yaml:"due_days"`
	// DunningDays lists how many days after a part was due the enterprise is reminded, in order.
	DunningDays []int `yaml:"dunning_days"`
	// MaxParts is how many monthly parts a claim may be paid in.
	MaxParts int `yaml:"max_parts"`
	// SetOff tells whether a claim may be set off against the next award.
	SetOff bool `yaml:"set_off"`
}

// PaymentStatutes are keys among the scheme's statutes.
type PaymentStatutes struct {
	// Payment is about paying grants, Recovery about claiming them back.
	Payment  string `yaml:"payment"`
	Recovery string `yaml:"recovery"`
}

// The letters about claims.
const (
	LetterClaim         LetterKey = "RECOVERY_CLAIM"    // what is to be paid back, by when and where
	LetterClaimReminder LetterKey = "RECOVERY_REMINDER" // a part was not paid in time
)

// PaymentLetterKeys returns the letters that the payment block holds.
func PaymentLetterKeys() []LetterKey { return []LetterKey{LetterClaim, LetterClaimReminder} }

// PaymentLetterData is what the templates of letters about claims can use, written out in the letter's
// language.
type PaymentLetterData struct {
	EnterpriseName, OrganizationNumber, Reference, GrantYear string
	// Amount is the whole claim, Outstanding what is left of it.
	Amount, Outstanding string
	// Overdue is what should have been paid by now; empty in the first letter.
	Overdue string
	// Parts are the amounts with their dates, one item each.
	Parts []string
	// Account is where to pay, PaymentReference what to write on the payment (KID).
	Account, PaymentReference string
	// Unused tells that the claim is for money that was not used; otherwise a decision claims it back.
	Unused        bool
	Administrator string
	// Statute maps keys to references, see [Definition.StatutesOn].
	Statute map[string]string
}

// Split divides an amount in øre into the instalments, by their shares and in whole kroner; the last
// one takes the rest, so that the sum is the amount to the øre.
func (r PaymentRules) Split(amountOre int64) []int64 {
	const orePerKrone = 100
	parts := make([]int64, len(r.Instalments))
	var percent int
	var before int64
	for i, rule := range r.Instalments {
		percent += rule.SharePercent
		upTo := amountOre * int64(percent) / 100 / orePerKrone * orePerKrone
		if i == len(r.Instalments)-1 {
			upTo = amountOre
		}
		parts[i], before = upTo-before, upTo
	}
	return parts
}

// GatesOf returns what the instalment of an award of the amount waits for besides what all of them do:
// the auditor's statement only when the award needs one.
func (r InstalmentRule) GatesOf(statement StatementRule, awardOre int64) []PaymentGate {
	gates := []PaymentGate{}
	for _, gate := range r.Gates {
		if gate != GateAuditorStatement || statement.Needed(FinalReport, awardOre) {
			gates = append(gates, gate)
		}
	}
	return gates
}

// Due returns the last date for paying a claim that is made on the date.
func (r RecoveryRules) Due(made calendar.Date) calendar.Date {
	return calendar.NextWorkday(made.AddDays(r.DueDays))
}

// Dunnings returns the dates on which a part due on the date is reminded of while it is not paid.
func (r RecoveryRules) Dunnings(due calendar.Date) []calendar.Date {
	dates := make([]calendar.Date, 0, len(r.DunningDays))
	for _, days := range r.DunningDays {
		dates = append(dates, due.AddDays(days))
	}
	return dates
}

// RenderPaymentLetter writes a letter about a claim in a language, falling back to bokmål.
func (d *Definition) RenderPaymentLetter(key LetterKey, language string, data PaymentLetterData) (RenderedLetter, error) {
	i := slices.IndexFunc(d.Payment.Letters, func(l Letter) bool { return l.Key == key })
	if i < 0 {
		return RenderedLetter{}, d.noLetter(key)
	}
	return render(d.Payment.Letters[i], language, data)
}
