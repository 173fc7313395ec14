package rehearsal

import (
	"context"
	"fmt"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/calendar"
)

func provable() *saakornv1.ProveLedgerRequest { return &saakornv1.ProveLedgerRequest{} }

// moveMoney confirms accounts, and plays the bank.
func (l *life) moveMoney(ctx context.Context) error {
	if err := l.confirmAccounts(ctx); err != nil {
		return err
	}
	if err := l.bookPayments(ctx); err != nil {
		return err
	}
	return l.collect(ctx)
}

func (l *life) confirmAccounts(ctx context.Context) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	r, err := m.accounts.ListProposedAccounts(ctx, &saakornv1.ListProposedAccountsRequest{PageSize: 200})
	if err != nil {
		return wrap("list proposed accounts", err)
	}
	names := l.namesByEnterprise()
	return inTurn(ctx, r.GetAccounts(), func(a *saakornv1.PayeeAccount) string { return names[a.GetEnterpriseId()] }, func(ctx context.Context, a *saakornv1.PayeeAccount) error {
		name := names[a.GetEnterpriseId()]
		officer, err := l.as(ctx, l.colleague(name))
		if err != nil {
			return err
		}
		_, err = officer.accounts.ConfirmPayeeAccount(ctx, &saakornv1.ConfirmPayeeAccountRequest{
			RequestId: fresh(), AccountId: a.GetId(), Etag: a.GetEtag(), Number: l.number(l.byName[name], a.GetNumber()),
			Evidence: "Bekreftelse fra banken, journalført.",
		})
		l.acted()
		return wrap("confirm an account", err)
	})
}

func (l *life) namesByEnterprise() map[string]string {
	names := map[string]string{}
	for _, x := range l.lifecycles {
		names[x.GetEnterpriseId()] = x.GetEnterpriseName()
	}
	return names
}

// bookPayments has the bank answer every order that it was sent. It refuses one payment.
func (l *life) bookPayments(ctx context.Context) error {
	approver, err := l.as(ctx, "payment-approver-1")
	if err != nil {
		return err
	}
	for _, state := range []saakornv1.PaymentState{saakornv1.PaymentState_PAYMENT_STATE_SENT, saakornv1.PaymentState_PAYMENT_STATE_ACCEPTED} {
		sent, err := approver.payments.ListPayments(ctx, &saakornv1.ListPaymentsRequest{State: state, PageSize: 200})
		if err != nil {
			return wrap("list payments", err)
		}
		names := l.namesByEnterprise()
		for _, p := range sent.GetPayments() {
			if err := l.answerOrder(ctx, approver, p, names[p.GetEnterpriseId()]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *life) answerOrder(ctx context.Context, approver *actor, p *saakornv1.Payment, name string) error {
	l.acted()
	if l.lots[name] == returned1 && p.GetAttempt() == 1 && !l.refusedBefore(ctx, approver, p) {
		return l.bankSays(ctx, approver, "status-"+p.GetEndToEndId(), bankStatus(p.GetEndToEndId(), "RJCT", "AC04", "Kontoen er avsluttet", l.today))
	}
	if p.GetState() == saakornv1.PaymentState_PAYMENT_STATE_SENT {
		if err := l.bankSays(ctx, approver, "status-"+p.GetEndToEndId(), bankStatus(p.GetEndToEndId(), "ACCP", "", "", l.today)); err != nil {
			return err
		}
	}
	b := booking{bankRef: "D" + p.GetEndToEndId(), endToEndID: p.GetEndToEndId(), amountOre: p.GetAmountOre() - p.GetSetOffOre(), on: l.today}
	return l.bankSays(ctx, approver, "booked-"+p.GetEndToEndId(), notification(b))
}

// refusedBefore tells whether a payment of the enterprise has been refused before: once is enough.
func (l *life) refusedBefore(ctx context.Context, approver *actor, p *saakornv1.Payment) bool {
	r, err := approver.payments.ListPayments(ctx, &saakornv1.ListPaymentsRequest{EnterpriseId: p.GetEnterpriseId(), State: saakornv1.PaymentState_PAYMENT_STATE_REJECTED})
	return err != nil || len(r.GetPayments()) > 0
}

func (l *life) bankSays(ctx context.Context, approver *actor, name string, raw []byte) error {
	r, err := approver.banks.ImportBankFile(ctx, &saakornv1.ImportBankFileRequest{RequestId: fresh(), Name: name + ".xml", Content: raw})
	if err != nil {
		return wrap("read a file from the bank", err)
	}
	for _, e := range r.GetEntries() {
		if o := e.GetOutcome(); o != saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_APPLIED && o != saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_REPEATED {
			return fmt.Errorf("the bank said %s about %s, which counted as %s", e.GetStatus(), e.GetReference(), o)
		}
	}
	return nil
}

// collect has enterprises pay back what is claimed: in parts when that was agreed, or set off when they
// go on, which [life.preparePayment] does.
func (l *life) collect(ctx context.Context) error {
	approver, err := l.as(ctx, "payment-approver-1")
	if err != nil {
		return err
	}
	open, err := pages(func(token string) ([]*saakornv1.Claim, string, error) {
		r, err := approver.recoveries.ListClaims(ctx, &saakornv1.ListClaimsRequest{OpenOnly: true, PageSize: 200, PageToken: token})
		return r.GetClaims(), r.GetNextPageToken(), wrap("list claims", err)
	})
	if err != nil {
		return err
	}
	names := l.namesByEnterprise()
	for _, c := range open {
		if err := l.payBack(ctx, approver, c, names[c.GetEnterpriseId()]); err != nil {
			return fmt.Errorf("%s: %w", names[c.GetEnterpriseId()], err)
		}
	}
	return nil
}

// partsAgreed is in how many parts a claim is paid.
const partsAgreed = 4

func (l *life) payBack(ctx context.Context, approver *actor, c *saakornv1.Claim, name string) error {
	if l.lots[name] == misuses && len(c.GetParts()) == 1 {
		officer, err := l.as(ctx, l.officer(name))
		if err != nil {
			return err
		}
		l.acted()
		_, err = officer.recoveries.AgreeParts(ctx, &saakornv1.AgreePartsRequest{
			RequestId: fresh(), ClaimId: c.GetId(), Etag: c.GetEtag(), Parts: partsAgreed, FirstDueOn: l.today.AddDays(30).String(),
		})
		return wrap("agree on parts", err)
	}
	if l.setsOff(name) && !c.GetIssuedAt().AsTime().Before(l.today.AddDays(-400).At(0, 0)) {
		return nil // it is taken out of the next payment
	}
	var due, overdue int64
	for i, part := range c.GetParts() {
		on, err := calendar.Parse(part.GetDueOn())
		if err != nil {
			return wrap("read a date", err)
		}
		grace := 0
		if i == 1 { // is reminded of the second
			grace = 2 * officeEvery
		}
		if on.AddDays(grace).Before(l.today.AddDays(officeEvery)) {
			due += part.GetAmountOre()
		}
		overdue += part.GetAmountOre()
	}
	if due -= c.GetRepaidOre(); due <= 0 {
		return nil
	}
	l.acted()
	b := booking{bankRef: fmt.Sprintf("C%s-%d", c.GetReference(), c.GetRepaidOre()), kid: c.GetReference(), amountOre: due, credit: true, on: l.today}
	return l.bankSays(ctx, approver, "repaid-"+c.GetReference(), notification(b))
}

// setsOff tells whether claims on the enterprise are taken out of its next payment.
func (l *life) setsOff(name string) bool { return l.lots[name] == sparing }

// booking is an entry on the account that grants are paid from.
type booking struct {
	bankRef, endToEndID, kid string
	amountOre                int64
	credit                   bool
	on                       calendar.Date
}

// bankStatus returns a report of a bank (pain.002) about one payment.
func bankStatus(endToEndID, state, code, text string, on calendar.Date) []byte {
	reason := ""
	if code != "" {
		reason = fmt.Sprintf("<StsRsnInf><Rsn><Cd>%s</Cd></Rsn><AddtlInf>%s</AddtlInf></StsRsnInf>", code, text)
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt>
<GrpHdr><MsgId>S%[1]s%[2]s</MsgId><CreDtTm>%[4]sT12:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>X</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>%[1]s</OrgnlEndToEndId><TxSts>%[2]s</TxSts>%[3]s</TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>`, endToEndID, state, reason, on)
}

// notification returns a bank's message (camt.054) that an entry has been booked.
func notification(b booking) []byte {
	direction, refs, remittance := "DBIT", "", ""
	if b.credit {
		direction = "CRDT"
	}
	if b.endToEndID != "" {
		refs = "<EndToEndId>" + b.endToEndID + "</EndToEndId>"
	}
	if b.kid != "" {
		remittance = "<RmtInf><Strd><CdtrRefInf><Ref>" + b.kid + "</Ref></CdtrRefInf></Strd></RmtInf>"
	}
	var x strings.Builder
	fmt.Fprintf(&x, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.12"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>N%[1]s</MsgId><CreDtTm>%[2]sT18:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><Othr><Id>12345678903</Id></Othr></Id></Acct><Ntry><Amt Ccy="NOK">%[3]s</Amt><CdtDbtInd>%[4]s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%[2]s</Dt></BookgDt><BkTxCd/>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>%[1]s</AcctSvcrRef>%[5]s</Refs><Amt Ccy="NOK">%[3]s</Amt><CdtDbtInd>%[4]s</CdtDbtInd>%[6]s</TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`,
		b.bankRef, b.on, iso20022.FormatAmount(b.amountOre), direction, refs, remittance)
	return []byte(x.String())
}
