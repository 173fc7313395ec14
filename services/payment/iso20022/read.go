package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"saakorn/services/platform/calendar"
)

// Kind is what a message from the bank is.
type Kind string

// The messages that can be read, in any version.
const (
	Status       Kind = "STATUS"       // pain.002: what became of orders
	Notification Kind = "NOTIFICATION" // camt.054: what was booked
)

// Message is a file from the bank.
type Message struct {
	Kind Kind
	// ID is the bank's name of the message.
	ID      string
	Entries []Entry
}

// Scope is what an entry of a status report speaks of.
type Scope string

// The scopes. Booked entries are of single transfers.
const (
	WholeOrder     Scope = "ORDER"    // every transfer of a file
	SingleTransfer Scope = "TRANSFER" // one transfer
	BookedDebit    Scope = "DEBIT"    // money that left the account
	BookedCredit   Scope = "CREDIT"   // money that came in
)

// Entry is one thing that the bank says.
type Entry struct {
	Scope Scope
	// Key names a booked entry across files; empty where the bank gives it no name.
	Key string
	// OrderID is the identifier of the file to the bank, EndToEndID that of the transfer; Reference is
	// what the payer wrote (KID). Each may be empty.
	OrderID, EndToEndID, Reference string
	// Status is the bank's code, for example RJCT or ACSC; BOOK, PDNG or INFO of a booked entry.
	Status string
	// Code and Text say why, as the bank says it.
	Code, Text string
	// AmountOre is in øre; nil where none is named.
	AmountOre *int64
	BookedOn  calendar.Date
	// Reversal tells that a booked entry takes an earlier one back.
	Reversal bool
}

// Rejected tells whether the bank refuses what the entry speaks of.
func (e Entry) Rejected() bool { return e.Status == "RJCT" || e.Status == "CANC" }

// Accepted tells whether the bank has taken what the entry speaks of.
func (e Entry) Accepted() bool {
	switch e.Status {
	case "ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC", "ACFC":
		return true
	}
	return false
}

// RefusedAsDuplicate tells whether the bank refuses an order because it has it already. The first one
// stands, so nothing may be taken back on the strength of this.
func (e Entry) RefusedAsDuplicate() bool {
	switch e.Code {
	case "AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05":
		return e.Rejected()
	}
	return false
}

// ErrUnknownMessage is returned for a file that is no message which can be read.
var ErrUnknownMessage = errors.New("the file is neither a status report (pain.002) nor a notification (camt.054)")

// Read reads a file from the bank. It looks at the names of the elements and not at the version, which
// the bank changes when it likes.
func Read(raw []byte) (Message, error) {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	var file inbound
	if err := decoder.Decode(&file); err != nil {
		return Message{}, fmt.Errorf("read a file from the bank: %w: %w", ErrUnknownMessage, err)
	}
	if err := atEnd(decoder); err != nil {
		return Message{}, err
	}
	switch {
	case file.XMLName.Local != "Document":
		return Message{}, ErrUnknownMessage
	case file.Status != nil:
		return file.Status.message(), nil
	case file.Notification != nil:
		return file.Notification.message()
	}
	return Message{}, ErrUnknownMessage
}

// atEnd refuses a file that goes on after its document.
func atEnd(decoder *xml.Decoder) error {
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read a file from the bank: %w", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return fmt.Errorf("read a file from the bank: %w", ErrUnknownMessage)
			}
		case xml.Comment, xml.ProcInst:
		default:
			return fmt.Errorf("read a file from the bank: %w", ErrUnknownMessage)
		}
	}
}

// ParseAmount reads kroner with a point into øre.
func ParseAmount(text string) (int64, error) {
	whole, rest, _ := strings.Cut(strings.TrimSpace(text), ".")
	rest = strings.TrimRight(rest, "0")
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	if whole == "" || len(rest) > 2 || strings.ContainsFunc(whole+rest, notDigit) {
		return 0, fmt.Errorf("%q is no amount in kroner and øre", text)
	}
	ore, err := strconv.ParseInt(whole+(rest + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount in kroner and øre", text)
	}
	return ore, nil
}

type inbound struct {
	XMLName      xml.Name
	Status       *statusReport `xml:"CstmrPmtStsRpt"`
	Notification *notification `xml:"BkToCstmrDbtCdtNtfctn"`
}

type statusReport struct {
	ID    string `xml:"GrpHdr>MsgId"`
	Group struct {
		OrderID string   `xml:"OrgnlMsgId"`
		Status  string   `xml:"GrpSts"`
		Reasons []reason `xml:"StsRsnInf"`
	} `xml:"OrgnlGrpInfAndSts"`
	Payments []struct {
		Status    string   `xml:"PmtInfSts"`
		Reasons   []reason `xml:"StsRsnInf"`
		Transfers []struct {
			EndToEndID string   `xml:"OrgnlEndToEndId"`
			Status     string   `xml:"TxSts"`
			Reasons    []reason `xml:"StsRsnInf"`
		} `xml:"TxInfAndSts"`
	} `xml:"OrgnlPmtInfAndSts"`
}

type reason struct {
	Code        string   `xml:"Rsn>Cd"`
	Proprietary string   `xml:"Rsn>Prtry"`
	Text        []string `xml:"AddtlInf"`
}

func say(reasons []reason) (code, text string) {
	var codes, texts []string
	for _, r := range reasons {
		if c := strings.TrimSpace(r.Code + r.Proprietary); c != "" {
			codes = append(codes, c)
		}
		texts = append(texts, r.Text...)
	}
	return strings.Join(codes, " "), strings.TrimSpace(strings.Join(texts, " "))
}

// message gives one entry for each transfer that is named, and one for the whole order where none is.
// What is said of the order holds for its transfers that nothing else is said of.
func (s statusReport) message() Message {
	m := Message{Kind: Status, ID: strings.TrimSpace(s.ID)}
	order := strings.TrimSpace(s.Group.OrderID)
	if s.Group.Status != "" {
		m.Entries = append(m.Entries, statusEntry(WholeOrder, order, "", s.Group.Status, s.Group.Reasons))
	}
	for _, p := range s.Payments {
		if p.Status != "" {
			m.Entries = append(m.Entries, statusEntry(WholeOrder, order, "", p.Status, p.Reasons))
		}
		for _, t := range p.Transfers {
			status, reasons := t.Status, t.Reasons
			if status == "" {
				status = p.Status
			}
			m.Entries = append(m.Entries, statusEntry(SingleTransfer, order, strings.TrimSpace(t.EndToEndID), status, reasons))
		}
	}
	return m
}

func statusEntry(scope Scope, order, endToEnd, status string, reasons []reason) Entry {
	code, text := say(reasons)
	return Entry{Scope: scope, OrderID: order, EndToEndID: endToEnd, Status: strings.TrimSpace(status), Code: code, Text: text}
}

type notification struct {
	ID       string `xml:"GrpHdr>MsgId"`
	Accounts []struct {
		ID      string        `xml:"Id"`
		Entries []bookedEntry `xml:"Ntry"`
	} `xml:"Ntfctn"`
}

type bookedEntry struct {
	Reference string        `xml:"NtryRef"`
	Amount    amount        `xml:"Amt"`
	Direction string        `xml:"CdtDbtInd"`
	Reversal  bool          `xml:"RvslInd"`
	Status    bookingStatus `xml:"Sts"`
	Booked    when          `xml:"BookgDt"`
	BankRef   string        `xml:"AcctSvcrRef"`
	Details   []detail      `xml:"NtryDtls>TxDtls"`
}

// bookingStatus is a code: in an element of its own, or in older versions as text.
type bookingStatus struct {
	Code string `xml:"Cd"`
	Text string `xml:",chardata"`
}

type amount struct {
	Currency string `xml:"Ccy,attr"`
	Value    string `xml:",chardata"`
}

type when struct {
	Date string `xml:"Dt"`
	Time string `xml:"DtTm"`
}

type detail struct {
	EndToEndID string   `xml:"Refs>EndToEndId"`
	BankRef    string   `xml:"Refs>AcctSvcrRef"`
	Direction  string   `xml:"CdtDbtInd"`
	Amount     amount   `xml:"Amt"`
	OldAmount  amount   `xml:"AmtDtls>TxAmt>Amt"`
	Structured []string `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
	Return     []reason `xml:"RtrInf"`
	Text       string   `xml:"AddtlTxInf"`
}

func (n notification) message() (Message, error) {
	m := Message{Kind: Notification, ID: strings.TrimSpace(n.ID)}
	for _, a := range n.Accounts {
		for i, entry := range a.Entries {
			at := fmt.Sprintf("%s/%s/%d", m.ID, a.ID, i)
			details := entry.Details
			if len(details) == 0 {
				details = []detail{{}}
			}
			for j, d := range details {
				e, err := entry.entry(d, len(details) == 1)
				if err != nil {
					return m, fmt.Errorf("read a file from the bank: entry %d: %w", i+1, err)
				}
				e.Key = entry.key(d, at, j)
				m.Entries = append(m.Entries, e)
			}
		}
	}
	return m, nil
}

// key names the entry as the bank does, so that it is known again in another file; where the bank gives
// it no name, by its place.
func (e bookedEntry) key(d detail, at string, index int) string {
	switch {
	case d.BankRef != "":
		return "tx/" + d.BankRef
	case e.BankRef != "":
		return fmt.Sprintf("entry/%s/%d", e.BankRef, index)
	}
	return fmt.Sprintf("at/%s/%d", at, index)
}

func (e bookedEntry) entry(d detail, only bool) (Entry, error) {
	code, text := say(d.Return)
	result := Entry{
		Scope: BookedCredit, EndToEndID: strings.TrimSpace(d.EndToEndID), Status: strings.TrimSpace(e.Status.Code),
		Code: code, Text: strings.TrimSpace(text + " " + d.Text), Reversal: e.Reversal || len(d.Return) > 0,
	}
	if result.Status == "" {
		result.Status = strings.TrimSpace(e.Status.Text)
	}
	if len(d.Structured) > 0 {
		result.Reference = strings.TrimSpace(d.Structured[0])
	}
	direction := d.Direction
	if direction == "" {
		direction = e.Direction
	}
	if direction == "DBIT" {
		result.Scope = BookedDebit
	}
	value := d.Amount
	if value.Value == "" {
		value = d.OldAmount
	}
	if value.Value == "" && only {
		value = e.Amount
	}
	if value.Value != "" {
		if value.Currency != "" && value.Currency != "NOK" {
			return result, fmt.Errorf("the currency is %s, not NOK", value.Currency)
		}
		ore, err := ParseAmount(value.Value)
		if err != nil {
			return result, err
		}
		result.AmountOre = &ore
	}
	var err error
	result.BookedOn, err = e.Booked.date()
	return result, err
}

func (w when) date() (calendar.Date, error) {
	switch {
	case w.Date != "":
		// A date may carry a zone, which says nothing more of a calendar day.
		return calendar.Parse(strings.TrimSpace(w.Date)[:min(len("2006-01-02"), len(strings.TrimSpace(w.Date)))])
	case w.Time == "":
		return calendar.Date{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(w.Time), calendar.Oslo()); err == nil {
			return calendar.On(t), nil
		}
	}
	return calendar.Date{}, fmt.Errorf("%q is no time", w.Time)
}
