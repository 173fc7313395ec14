package payment

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// The valid numbers are those of domain.md 4.7.
func TestAccountNumbersAreChecked(t *testing.T) {
	for _, text := range []string{"32600596984", "86011117947", "90412263056", "32445395551", "3260 05 96984", "3260.05.96984"} {
		if _, err := ParseAccountNumber(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, reason := range map[string]string{
		"": "NOT_ELEVEN_DIGITS", "3260059698": "NOT_ELEVEN_DIGITS", "326005969844": "NOT_ELEVEN_DIGITS", "3260059698x": "NOT_ELEVEN_DIGITS",
		"３２６００５９６９８４": "NOT_ELEVEN_DIGITS", "32600596985": "CHECK_DIGIT_WRONG", "23600596984": "CHECK_DIGIT_WRONG",
	} {
		_, err := ParseAccountNumber(text)
		if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Violations[0].Reason != reason {
			t.Errorf("%q: %v, want %s", text, err, reason)
		}
	}
}

func TestOneWrongDigitOrTwoSwappedOnesAreFound(t *testing.T) {
	valid := []string{"32600596984", "86011117947", "90412263056", "32445395551"}
	rapid.Check(t, func(t *rapid.T) {
		digits := []byte(rapid.SampledFrom(valid).Draw(t, "number"))
		i := rapid.IntRange(0, 10).Draw(t, "place")
		was := digits[i]
		digits[i] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if validAccount(string(digits)) != (digits[i] == was) {
			t.Fatalf("%s", digits)
		}
	})
}

func TestAccountsAreShownMasked(t *testing.T) {
	if got := AccountNumber("32600596984").Masked(); got != "*******6984" {
		t.Error(got)
	}
	if got := AccountNumber("32600596984").Grouped(); got != "3260 05 96984" {
		t.Error(got)
	}
	if AccountNumber("").Masked() != "" {
		t.Error("nothing is shown as something")
	}
}

func TestPaymentReferencesPassTheirCheckAndStayTheSame(t *testing.T) {
	// The example of Luhn's check in Norwegian practice: 2345676 with the digit 0 before it.
	if luhn("234567") != 6 {
		t.Errorf("the check digit of 234567 is %d", luhn("234567"))
	}
	rapid.Check(t, func(t *rapid.T) {
		id := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		kid := reference(id)
		if len(kid) != 13 || luhn(kid[:12]) != int(kid[12]-'0') || kid != reference(id) {
			t.Fatal(kid)
		}
	})
}

func rules(shares ...int) scheme.PaymentRules {
	r := scheme.PaymentRules{Recovery: scheme.RecoveryRules{DunningDays: []int{14, 28}, MaxParts: 12}, ExpectedDays: 30, BankSilenceDays: 3}
	for n, share := range shares {
		i := scheme.InstalmentRule{SharePercent: share}
		if n > 0 {
			i.Gates = []scheme.PaymentGate{scheme.GateInterimReportApproved, scheme.GateAuditorStatement}
		}
		r.Instalments = append(r.Instalments, i)
	}
	return r
}

func statement() scheme.StatementRule {
	return scheme.StatementRule{ThresholdOre: new(int64(20_000_000))}
}

func amounts(plan []Instalment) []int64 {
	var list []int64
	for _, i := range plan {
		list = append(list, i.AmountOre)
	}
	return list
}

func TestInstalmentsMakeTheWholeAward(t *testing.T) {
	award := uuid.Must(uuid.NewV7())
	for _, tt := range []struct {
		ore    int64
		shares []int
		want   []int64
	}{
		{900_000_00, []int{50, 50}, []int64{450_000_00, 450_000_00}},
		{100_01, []int{50, 50}, []int64{50_00, 50_01}},
		{1, []int{50, 50}, []int64{0, 1}},
		{1_000_00, []int{33, 33, 34}, []int64{330_00, 330_00, 340_00}},
		{700_000_00, []int{100}, []int64{700_000_00}},
	} {
		got := amounts(Plan(rules(tt.shares...), statement(), award, tt.ore, nil, nil, time.Time{}))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%d øre in %v (-want +got):\n%s", tt.ore, tt.shares, diff)
		}
	}
}

func TestAPlanKeepsWhatIsPaidAndDividesTheRest(t *testing.T) {
	award := uuid.Must(uuid.NewV7())
	r := rules(40, 30, 30)
	plan := Plan(r, statement(), award, 1_000_00, nil, nil, time.Time{})
	payments := []Payment{{InstalmentID: plan[0].ID, State: Paid, AmountOre: plan[0].AmountOre}, {InstalmentID: plan[1].ID, State: Rejected}}
	if diff := cmp.Diff([]int64{400_00, 100_00, 100_00}, amounts(Plan(r, statement(), award, 600_00, plan, payments, time.Time{}))); diff != "" {
		t.Errorf("reduced (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{400_00, 0, 0}, amounts(Plan(r, statement(), award, 100_00, plan, payments, time.Time{}))); diff != "" {
		t.Errorf("reduced below what is paid (-want +got):\n%s", diff)
	}
	if got := Plan(r, statement(), award, 19_999_999, nil, nil, time.Time{})[1].Gates; len(got) != 1 {
		t.Errorf("a small award waits for %v", got)
	}
	if got := Plan(r, statement(), award, 20_000_000, nil, nil, time.Time{})[1].Gates; len(got) != 2 {
		t.Errorf("a large award waits for %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(1, 1_000_000_00).Draw(t, "award")
		plan := Plan(r, statement(), award, first, nil, nil, time.Time{})
		var payments []Payment
		var live int64
		for _, i := range plan {
			if rapid.Bool().Draw(t, "paid") {
				payments = append(payments, Payment{InstalmentID: i.ID, State: Paid})
				live += i.AmountOre
			}
		}
		then := rapid.Int64Range(0, 1_000_000_00).Draw(t, "changed to")
		var sum int64
		for _, ore := range amounts(Plan(r, statement(), award, then, plan, payments, time.Time{})) {
			if ore < 0 {
				t.Fatal("less than nothing is paid")
			}
			sum += ore
		}
		if len(payments) < len(plan) && sum != max(then, live) {
			t.Fatalf("the instalments make %d, want %d", sum, max(then, live))
		}
	})
}

func TestEveryPostingBalances(t *testing.T) {
	p := Payment{ID: uuid.Must(uuid.NewV7()), AwardID: uuid.Must(uuid.NewV7()), AmountOre: 500, SetOffOre: 200}
	c := Claim{ID: uuid.Must(uuid.NewV7()), AwardID: uuid.Must(uuid.NewV7()), AmountOre: 900}
	for _, posting := range []Posting{
		Commit(p.AwardID, 5), Release(p.AwardID, 5), approving(p), cancelling(p), sending(p), paying(p), rejecting(p), returning(p),
		claiming(c), repaying(c, 7), settingOff(p, c), takingBackSetOff(p, c),
	} {
		sums := map[uuid.UUID]int64{}
		for _, l := range posting.Lines {
			sums[l.AwardID] += l.AmountOre
		}
		for award, sum := range sums {
			if sum != 0 {
				t.Errorf("%s leaves %d øre in %s", posting.Kind, sum, award)
			}
		}
	}
}

func TestTheLedgerFollowsWhatIsBound(t *testing.T) {
	id := uuid.Must(uuid.NewV7())
	for _, tt := range []struct {
		name     string
		balances Balances
		bound    int64
		kind     PostingKind
		ore      int64
	}{
		{"new", Balances{}, 100, PostCommit, 100},
		{"as it is", Balances{Frame: -100, Committed: 100}, 100, "", 0},
		{"more", Balances{Frame: -100, Committed: 100}, 130, PostCommit, 30},
		{"less", Balances{Frame: -100, Committed: 100}, 60, PostRelease, 40},
		{"less than is paid", Balances{Frame: -100, Committed: 10, PaidFunds: 90}, 60, PostRelease, 10},
		{"released before", Balances{Frame: -100, Committed: 50, Released: 50}, 50, "", 0},
		{"nothing left to release", Balances{Frame: -100, PaidFunds: 100}, 60, "", 0},
	} {
		posting, needed := Follow(id, tt.balances, tt.bound)
		if needed != (tt.kind != "") {
			t.Errorf("%s: %+v", tt.name, posting)
			continue
		}
		if needed && (posting.Kind != tt.kind || posting.Lines[1].AmountOre != tt.ore) {
			t.Errorf("%s: %+v", tt.name, posting)
		}
	}
}

func day(d int) calendar.Date { return calendar.Date{Year: 2019, Month: time.March, Day: d} }

func TestPartsAreEqualAndMakeTheRest(t *testing.T) {
	c := Claim{AmountOre: 1_000_01}
	parts := PartsOf(c, 3, day(15))
	want := []Part{{day(15), 333_00}, {calendar.Date{Year: 2019, Month: time.April, Day: 15}, 333_00}, {calendar.Date{Year: 2019, Month: time.May, Day: 15}, 334_01}}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := Claim{AmountOre: rapid.Int64Range(1, 1_000_000_00).Draw(t, "claim")}
		c.RepaidOre = rapid.Int64Range(0, c.AmountOre-1).Draw(t, "repaid")
		c.Parts = PartsOf(c, rapid.IntRange(1, 24).Draw(t, "parts"), day(15))
		var sum int64
		for _, p := range c.Parts {
			if p.AmountOre <= 0 {
				t.Fatalf("a part of %d øre", p.AmountOre)
			}
			sum += p.AmountOre
		}
		if sum != c.AmountOre {
			t.Fatalf("the parts make %d of %d", sum, c.AmountOre)
		}
		if late := c.OverdueOre(day(1).AddMonths(60)); late != c.OutstandingOre() {
			t.Fatalf("%d is overdue in the end, and %d outstanding", late, c.OutstandingOre())
		}
	})
}

func TestThePartsThatAreNotPaidAreRemindedOfInOrder(t *testing.T) {
	r := rules().Recovery
	c := Claim{AmountOre: 300, RepaidOre: 100, Parts: []Part{{day(1), 100}, {day(10), 100}, {day(20), 100}}}
	due, step, on, ok := c.NextDunning(r)
	if due != day(10) || step != 1 || on != day(24) || !ok {
		t.Errorf("%v %d %v %v", due, step, on, ok)
	}
	c.Dunnings = []Dunning{{DueOn: day(10), Step: 1}}
	if _, step, _, ok = c.NextDunning(r); step != 2 || !ok {
		t.Errorf("%d %v", step, ok)
	}
	c.Dunnings = append(c.Dunnings, Dunning{DueOn: day(10), Step: 2})
	if _, _, _, ok = c.NextDunning(r); ok {
		t.Error("it is reminded of a third time")
	}
	c.RepaidOre = 200
	if due, step, _, ok = c.NextDunning(r); due != day(20) || step != 1 || !ok {
		t.Errorf("%v %d %v", due, step, ok)
	}
	c.RepaidOre = 300
	if _, _, _, ok = c.NextDunning(r); ok {
		t.Error("a paid claim is reminded of")
	}
}

// legal are the moves that an entry from the bank may make of a payment.
func TestTheBankMovesAPaymentOnlyWhereItMay(t *testing.T) {
	legal := map[State][]State{
		Sent: {AtBank, Rejected, Paid, Returned}, AtBank: {Rejected, Paid, Returned}, Paid: {Returned},
	}
	ore := int64(500)
	wrong := ore + 1
	for _, from := range States() {
		for _, scope := range []iso20022.Scope{iso20022.SingleTransfer, iso20022.BookedDebit, iso20022.BookedCredit} {
			for _, status := range []string{"RJCT", "ACSP", "PDNG", "BOOK", ""} {
				for _, amount := range []*int64{nil, &ore, &wrong} {
					p := Payment{ID: uuid.Must(uuid.NewV7()), State: from, AmountOre: ore}
					outcome, postings, _ := Apply(&p, iso20022.Entry{Scope: scope, Status: status, AmountOre: amount}, Balances{PaidFunds: ore}, time.Time{})
					moved := p.State != from
					allowed := false
					for _, to := range legal[from] {
						allowed = allowed || to == p.State
					}
					switch {
					case moved && !allowed:
						t.Errorf("%s goes to %s by %s %s", from, p.State, scope, status)
					case moved && outcome != Applied:
						t.Errorf("%s goes to %s as %s", from, p.State, outcome)
					case outcome != Applied && len(postings) > 0:
						t.Errorf("%s posts as %s", from, outcome)
					case moved && amount == &wrong && scope != iso20022.SingleTransfer:
						t.Errorf("%s goes to %s by another amount", from, p.State)
					}
				}
			}
		}
	}
}

func TestWhoMayApprove(t *testing.T) {
	account := PayeeAccount{State: AccountConfirmed, ProposedBy: "a", ConfirmedBy: "b"}
	p := Payment{State: Prepared, PreparedBy: "c", FirstApprovedBy: "d"}
	for _, person := range []string{"a", "b", "c", "d"} {
		if err := CheckApprove(p, account, person); !fault.Is(err, "FOUR_EYES") {
			t.Errorf("%s: %v", person, err)
		}
	}
	if err := CheckApprove(p, account, "e"); err != nil {
		t.Error(err)
	}
	account.State = AccountReplaced
	if err := CheckApprove(p, account, "e"); !fault.Is(err, "ACCOUNT_CHANGED") {
		t.Error(err)
	}
	p.State = Sent
	if err := CheckApprove(p, account, "e"); !fault.Is(err, "NOT_PREPARED") {
		t.Error(err)
	}
}

func TestARunwayIsComparedWithWhenPaymentCanBeExpected(t *testing.T) {
	for _, tt := range []struct {
		until, expected, today calendar.Date
		want                   *RunwayWarning
	}{
		{day(20), day(10), day(1), nil},
		{day(10), day(10), day(1), nil},
		{day(9), day(10), day(1), &RunwayWarning{day(9), day(10)}},
		{day(12), day(10), day(12), &RunwayWarning{day(12), day(13)}},
	} {
		if diff := cmp.Diff(tt.want, Warn(tt.until, tt.expected, tt.today)); diff != "" {
			t.Errorf("until %s, expected %s (-want +got):\n%s", tt.until, tt.expected, diff)
		}
	}
}

func TestTheSlowestTenthIsToldFromTheMiddle(t *testing.T) {
	values := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 100}
	for share, want := range map[float64]int32{0.5: 5, 0.9: 9, 1: 100} {
		if got := quantile(values, share); got != want {
			t.Errorf("%v: %d, want %d", share, got, want)
		}
	}
	if quantile(nil, 1) != 0 {
		t.Error("nothing takes time")
	}
}
