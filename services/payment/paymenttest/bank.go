package paymenttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/calendar"
)

// Status returns a status report about one payment, as a bank writes it.
func Status(endToEndID, status, code, text string) []byte {
	reason := ""
	if code != "" {
		reason = fmt.Sprintf("<StsRsnInf><Rsn><Cd>%s</Cd></Rsn><AddtlInf>%s</AddtlInf></StsRsnInf>", code, text)
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt>
<GrpHdr><MsgId>%s</MsgId><CreDtTm>2019-03-04T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>X</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>%s</TxSts>%s</TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>`, newID(), endToEndID, status, reason)
}

// WholeStatus returns a status report about a whole order.
func WholeStatus(messageID, status, code string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt>
<GrpHdr><MsgId>%s</MsgId><CreDtTm>2019-03-04T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>%s</GrpSts>
<StsRsnInf><Rsn><Cd>%s</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts>
</CstmrPmtStsRpt></Document>`, newID(), messageID, status, code)
}

// Booking is an entry on the account.
type Booking struct {
	// BankRef is the bank's own name of it.
	BankRef    string
	EndToEndID string
	KID        string
	AmountOre  int64
	Credit     bool
	On         calendar.Date
}

// Notification returns a notification of what was booked, as a bank writes it.
func Notification(bookings ...Booking) []byte {
	var entries strings.Builder
	for _, b := range bookings {
		direction, refs, remittance := "DBIT", "", ""
		if b.Credit {
			direction = "CRDT"
		}
		if b.EndToEndID != "" {
			refs = "<EndToEndId>" + b.EndToEndID + "</EndToEndId>"
		}
		if b.KID != "" {
			remittance = "<RmtInf><Strd><CdtrRefInf><Ref>" + b.KID + "</Ref></CdtrRefInf></Strd></RmtInf>"
		}
		amount := iso20022.FormatAmount(b.AmountOre)
		fmt.Fprintf(&entries, `<Ntry><Amt Ccy="NOK">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><BkTxCd/>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>%s</AcctSvcrRef>%s</Refs><Amt Ccy="NOK">%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s</TxDtls></NtryDtls></Ntry>`,
			amount, direction, b.On, b.BankRef, refs, amount, direction, remittance)
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.12"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>%s</MsgId><CreDtTm>2019-03-05T18:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><Othr><Id>12345678903</Id></Othr></Id></Acct>%s</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`, newID(), entries.String())
}

func newID() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// Import sends a file from the bank.
func (h *House) Import(ctx context.Context, raw []byte) (*saakornv1.ImportBankFileResponse, error) {
	return h.API.Banks.ImportBankFile(h.API.As(ctx, Approver), &saakornv1.ImportBankFileRequest{
		RequestId: uuid.NewString(), Name: "fra-banken.xml", Content: raw,
	})
}

// BankSays imports a file, and returns the outcome of its first entry.
func (h *House) BankSays(t testing.TB, raw []byte) saakornv1.BankEntryOutcome {
	t.Helper()
	answer, err := h.Import(t.Context(), raw)
	must(t, err)
	if len(answer.GetEntries()) == 0 {
		t.Fatal("the file says nothing")
	}
	return answer.GetEntries()[0].GetOutcome()
}

// BankBooks has the bank book the payment.
func (h *House) BankBooks(t testing.TB, p *saakornv1.Payment) saakornv1.BankEntryOutcome {
	t.Helper()
	return h.BankSays(t, Notification(Booking{
		BankRef: newID(), EndToEndID: p.GetEndToEndId(), AmountOre: p.GetAmountOre() - p.GetSetOffOre(), On: calendar.On(h.API.Now()),
	}))
}

// Outbox returns the names of the files that the bank can fetch.
func (h *House) Outbox(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(h.API.Installation.Money.Bank.Outbox)
	if os.IsNotExist(err) {
		return []string{}
	}
	must(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// OrderFile returns the bytes of a file that the bank can fetch.
func (h *House) OrderFile(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(h.API.Installation.Money.Bank.Outbox, name))
	must(t, err)
	return raw
}
