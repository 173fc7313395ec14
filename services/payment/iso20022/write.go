// Package iso20022 writes orders to a bank and reads what the bank answers, in the messages of ISO
// 20022: pain.001 out, pain.002 and camt.054 in. It knows the messages and no grants.
package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"saakorn/services/platform/calendar"
)

// Version is a version of the order message, by the name of its schema.
type Version string

// The versions that can be written. Which one a bank takes is agreed with it; Norwegian banks are often
// a few versions behind.
const (
	Pain00103 Version = "pain.001.001.03"
	Pain00109 Version = "pain.001.001.09"
	Pain00112 Version = "pain.001.001.12"
)

// Versions returns every version that can be written, oldest first.
func Versions() []Version { return []Version{Pain00103, Pain00109, Pain00112} }

// Known tells whether the version can be written.
func (v Version) Known() bool { return slices.Contains(Versions(), v) }

// Party is who pays or is paid.
type Party struct {
	Name               string
	OrganizationNumber string
}

// Order is one file of transfers from one account on one day.
type Order struct {
	// MessageID names the file to the bank, at most 35 characters: one that comes twice is refused.
	MessageID string
	CreatedAt time.Time
	ExecuteOn calendar.Date
	Debtor    Party
	// DebtorAccount is eleven digits; DebtorBIC names the bank.
	DebtorAccount, DebtorBIC string
	Transfers                []Transfer
}

// Transfer is one payment of an order.
type Transfer struct {
	// EndToEndID names the payment all the way, at most 35 characters.
	EndToEndID string
	// AmountOre is in øre, above zero.
	AmountOre int64
	Creditor  Party
	// CreditorAccount is eleven digits.
	CreditorAccount string
	// Text is what the receiver reads.
	Text string
}

// The lengths that a bank keeps of each text.
const (
	maxID   = 35
	maxName = 70
	maxText = 140
)

// Write returns the order as a file in the version. The same order gives the same bytes.
func Write(v Version, o Order) ([]byte, error) {
	if !v.Known() {
		return nil, fmt.Errorf("write an order: there is no version %q; use one of %v", v, Versions())
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("write the order %s: %w", o.MessageID, err)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	encoder := xml.NewEncoder(&b)
	encoder.Indent("", "  ")
	if err := encoder.Encode(o.document(v)); err != nil {
		return nil, fmt.Errorf("write the order %s: %w", o.MessageID, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func (o Order) check() error {
	if len(o.Transfers) == 0 {
		return errors.New("it holds no transfers")
	}
	if n := utf8.RuneCountInString(o.MessageID); n == 0 || n > maxID {
		return fmt.Errorf("its identifier has %d characters, not 1 to %d", n, maxID)
	}
	seen := map[string]bool{}
	for _, t := range o.Transfers {
		switch n := utf8.RuneCountInString(t.EndToEndID); {
		case n == 0 || n > maxID:
			return fmt.Errorf("a transfer's identifier has %d characters, not 1 to %d", n, maxID)
		case seen[t.EndToEndID]:
			return fmt.Errorf("the transfer %s is in it twice", t.EndToEndID)
		case t.AmountOre <= 0:
			return fmt.Errorf("the transfer %s is of %d øre", t.EndToEndID, t.AmountOre)
		}
		seen[t.EndToEndID] = true
	}
	return nil
}

func (o Order) document(v Version) document {
	var sum int64
	transfers := make([]transfer, 0, len(o.Transfers))
	for _, t := range o.Transfers {
		sum += t.AmountOre
		transfers = append(transfers, transfer{
			ID:       paymentID{EndToEnd: t.EndToEndID},
			Amount:   instructed{money{Currency: "NOK", Value: FormatAmount(t.AmountOre)}},
			Creditor: t.Creditor.element(""), CreditorAccount: account(t.CreditorAccount, ""),
			Remittance: remittance{Clean(t.Text, maxText)},
		})
	}
	count, total := fmt.Sprint(len(transfers)), FormatAmount(sum)
	payment := paymentInfo{
		ID: o.MessageID, Method: "TRF", Count: count, Sum: total, Type: paymentType{serviceLevel{"NURG"}},
		Execution: execution{Dt: o.ExecuteOn.String()}, Debtor: o.Debtor.element("CUST"),
		DebtorAccount: account(o.DebtorAccount, "NOK"), DebtorAgent: agent{institution{BICFI: o.DebtorBIC}}, Transfers: transfers,
	}
	if v == Pain00103 {
		payment.Execution = execution{Text: o.ExecuteOn.String()}
		payment.DebtorAgent = agent{institution{BIC: o.DebtorBIC}}
	}
	return document{
		Namespace: "urn:iso:std:iso:20022:tech:xsd:" + string(v),
		Initiation: initiation{
			Header: groupHeader{
				ID: o.MessageID, Created: o.CreatedAt.In(calendar.Oslo()).Format("2006-01-02T15:04:05"),
				Count: count, Sum: total, Initiator: o.Debtor.element("CUST"),
			},
			Payment: payment,
		},
	}
}

// FormatAmount writes øre as kroner with two decimals and a point.
func FormatAmount(ore int64) string {
	sign := ""
	if ore < 0 {
		sign, ore = "-", -ore
	}
	return fmt.Sprintf("%s%d.%02d", sign, ore/100, ore%100)
}

// Clean returns the text as a bank can take it: on one line, without characters that are no letters,
// digits, common marks or spaces, and no longer than the given number of characters. A text of which
// nothing is left becomes a hyphen, because the messages know no empty text.
func Clean(text string, most int) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, r > unicode.MaxLatin1, unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
	kept = strings.Join(strings.Fields(kept), " ")
	if runes := []rune(kept); len(runes) > most {
		kept = strings.TrimSpace(string(runes[:most]))
	}
	if kept == "" {
		return "-"
	}
	return kept
}

// element writes the party; scheme says what its number is in the bank's register, or is empty.
func (p Party) element(scheme string) party {
	e := party{Name: Clean(p.Name, maxName)}
	if p.OrganizationNumber == "" {
		return e
	}
	e.ID = &partyID{organization{other{Number: p.OrganizationNumber}}}
	if scheme != "" {
		e.ID.Organization.Other.Scheme = &code{scheme}
	}
	return e
}

func account(number, currency string) accountElement {
	return accountElement{ID: accountID{other{Number: number, Scheme: &code{"BBAN"}}}, Currency: currency}
}

// The elements, in the order that the schemas demand.
type document struct {
	XMLName    xml.Name   `xml:"Document"`
	Namespace  string     `xml:"xmlns,attr"`
	Initiation initiation `xml:"CstmrCdtTrfInitn"`
}

type initiation struct {
	Header  groupHeader `xml:"GrpHdr"`
	Payment paymentInfo `xml:"PmtInf"`
}

type groupHeader struct {
	ID        string `xml:"MsgId"`
	Created   string `xml:"CreDtTm"`
	Count     string `xml:"NbOfTxs"`
	Sum       string `xml:"CtrlSum"`
	Initiator party  `xml:"InitgPty"`
}

type paymentInfo struct {
	ID            string         `xml:"PmtInfId"`
	Method        string         `xml:"PmtMtd"`
	Count         string         `xml:"NbOfTxs"`
	Sum           string         `xml:"CtrlSum"`
	Type          paymentType    `xml:"PmtTpInf"`
	Execution     execution      `xml:"ReqdExctnDt"`
	Debtor        party          `xml:"Dbtr"`
	DebtorAccount accountElement `xml:"DbtrAcct"`
	DebtorAgent   agent          `xml:"DbtrAgt"`
	Transfers     []transfer     `xml:"CdtTrfTxInf"`
}

type paymentType struct {
	Level serviceLevel `xml:"SvcLvl"`
}

type serviceLevel struct {
	Code string `xml:"Cd"`
}

// execution is a date: as text in the oldest version, in an element of its own in the others.
type execution struct {
	Text string `xml:",chardata"`
	Dt   string `xml:"Dt,omitempty"`
}

type transfer struct {
	ID              paymentID      `xml:"PmtId"`
	Amount          instructed     `xml:"Amt"`
	Creditor        party          `xml:"Cdtr"`
	CreditorAccount accountElement `xml:"CdtrAcct"`
	Remittance      remittance     `xml:"RmtInf"`
}

type paymentID struct {
	EndToEnd string `xml:"EndToEndId"`
}

type instructed struct {
	Amount money `xml:"InstdAmt"`
}

type money struct {
	Currency string `xml:"Ccy,attr"`
	Value    string `xml:",chardata"`
}

type party struct {
	Name string   `xml:"Nm"`
	ID   *partyID `xml:"Id,omitempty"`
}

type partyID struct {
	Organization organization `xml:"OrgId"`
}

type organization struct {
	Other other `xml:"Othr"`
}

type other struct {
	Number string `xml:"Id"`
	Scheme *code  `xml:"SchmeNm,omitempty"`
}

type code struct {
	Code string `xml:"Cd"`
}

type accountElement struct {
	ID       accountID `xml:"Id"`
	Currency string    `xml:"Ccy,omitempty"`
}

type accountID struct {
	Other other `xml:"Othr"`
}

type agent struct {
	Institution institution `xml:"FinInstnId"`
}

type institution struct {
	BIC   string `xml:"BIC,omitempty"`
	BICFI string `xml:"BICFI,omitempty"`
}

type remittance struct {
	Text string `xml:"Ustrd"`
}
