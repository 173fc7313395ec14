package iso20022

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jacoelho/xsd"
	"pgregory.net/rapid"

	"saakorn/services/platform/calendar"
)

func schema(t testing.TB, name string) *xsd.Schema {
	t.Helper()
	s, err := xsd.LoadWithOptions(os.DirFS("testdata/schemas"), name+".xsd", xsd.NewLoadOptions())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func order(transfers ...Transfer) Order {
	return Order{
		MessageID: "0198f3b2c0de7aaa8bbb0123456789ab", CreatedAt: time.Date(2019, time.March, 4, 8, 30, 0, 0, time.UTC),
		ExecuteOn: calendar.Date{Year: 2019, Month: time.March, Day: 5},
		Debtor:    Party{"Arbeids- og velferdsdirektoratet", "889640782"}, DebtorAccount: "86011117947", DebtorBIC: "DNBANOKK",
		Transfers: transfers,
	}
}

func transferOf(id string, ore int64) Transfer {
	return Transfer{
		EndToEndID: id, AmountOre: ore, Creditor: Party{"Spirehagen & Søn <fiktiv> AS", "310000019"}, CreditorAccount: "32600596984",
		Text: "Tilskudd 2019, første halvdel, SE-2019-0001",
	}
}

func TestOrdersAreValidInEveryVersion(t *testing.T) {
	for _, version := range Versions() {
		t.Run(string(version), func(t *testing.T) {
			s := schema(t, string(version))
			raw, err := Write(version, order(transferOf("a1", 450_000_00), transferOf("b2", 1)))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(bytes.NewReader(raw)); err != nil {
				t.Errorf("%v\n%s", err, raw)
			}
			for _, want := range []string{"<NbOfTxs>2</NbOfTxs>", "<CtrlSum>450000.01</CtrlSum>", `Ccy="NOK">0.01<`, "2019-03-04T09:30:00", "86011117947", "Spirehagen &amp; Søn"} {
				if !bytes.Contains(raw, []byte(want)) {
					t.Errorf("no %s in\n%s", want, raw)
				}
			}
			again, err := Write(version, order(transferOf("a1", 450_000_00), transferOf("b2", 1)))
			if err != nil || !bytes.Equal(raw, again) {
				t.Errorf("the same order gives other bytes: %v", err)
			}
		})
	}
}

// A validator that takes everything would prove nothing.
func TestTheSchemasRefuseABrokenOrder(t *testing.T) {
	raw, err := Write(Pain00112, order(transferOf("a1", 100)))
	if err != nil {
		t.Fatal(err)
	}
	s := schema(t, string(Pain00112))
	for name, change := range map[string][2]string{
		"without an identifier":   {"<EndToEndId>a1</EndToEndId>", ""},
		"in another order":        {"<PmtMtd>TRF</PmtMtd>", ""},
		"three decimals too many": {">1.00<", ">1.000001<"},
		"no BIC":                  {"DNBANOKK", "DNB"},
		"an empty name":           {"<Nm>Arbeids- og velferdsdirektoratet</Nm>", "<Nm></Nm>"},
	} {
		broken := strings.ReplaceAll(string(raw), change[0], change[1])
		if broken == string(raw) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := s.Validate(strings.NewReader(broken)); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

func TestWhateverPeopleWriteTheOrderIsValid(t *testing.T) {
	schemas := map[Version]*xsd.Schema{}
	for _, v := range Versions() {
		schemas[v] = schema(t, string(v))
	}
	rapid.Check(t, func(t *rapid.T) {
		transfer := transferOf("a1", rapid.Int64Range(1, 1_000_000_000_00).Draw(t, "øre"))
		transfer.Creditor.Name = rapid.String().Draw(t, "name")
		transfer.Text = rapid.StringN(0, 400, -1).Draw(t, "text")
		version := rapid.SampledFrom(Versions()).Draw(t, "version")
		raw, err := Write(version, order(transfer))
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas[version].Validate(bytes.NewReader(raw)); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
	})
}

func TestCleanTextIsShortAndNeverEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Clean(rapid.String().Draw(t, "text"), 10)
		if n := utf8.RuneCountInString(text); n == 0 || n > 10 || text != strings.TrimSpace(text) {
			t.Fatalf("%q", text)
		}
	})
	for in, want := range map[string]string{"a\n b\tc": "a b c", "æøåÆØÅ é": "æøåÆØÅ é", "日本": "-", "": "-", "a\x00b": "ab"} {
		if got := Clean(in, 70); got != want {
			t.Errorf("Clean(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestAnOrderThatSaysNothingSensibleIsRefused(t *testing.T) {
	long := strings.Repeat("x", 36)
	for name, o := range map[string]Order{
		"no transfers":   order(),
		"twice":          order(transferOf("a", 1), transferOf("a", 2)),
		"nothing":        order(transferOf("a", 0)),
		"less than that": order(transferOf("a", -5)),
		"too long":       order(transferOf(long, 5)),
	} {
		if _, err := Write(Pain00112, o); err == nil {
			t.Errorf("%s: it is written", name)
		}
	}
	if _, err := Write("pain.001.001.01", order(transferOf("a", 1))); err == nil {
		t.Error("a version that nobody knows is written")
	}
}

func TestAmountsAreReadToTheLastDigit(t *testing.T) {
	for text, want := range map[string]int64{"1": 100, "1.5": 150, "1.05": 105, "0.01": 1, "450000.00": 45_000_000, "1.5000": 150} {
		if got, err := ParseAmount(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", "-1", "1.005", "1,50", "1e5", "99999999999999999999", "1.-5", "+1"} {
		if got, err := ParseAmount(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ore := rapid.Int64Range(0, 1<<50).Draw(t, "øre")
		if got, err := ParseAmount(FormatAmount(ore)); err != nil || got != ore {
			t.Fatalf("%d comes back as %d, %v", ore, got, err)
		}
	})
}

func TestStatusReportsAreRead(t *testing.T) {
	raw := bankFile(t, "status.xml", "pain.002.001.14")
	got, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := Message{Kind: Status, ID: "BANK-STATUS-1", Entries: []Entry{
		{Scope: WholeOrder, OrderID: "ORDER-1", Status: "PART"},
		{Scope: SingleTransfer, OrderID: "ORDER-1", EndToEndID: "a1", Status: "RJCT", Code: "AC04", Text: "Kontoen er avsluttet"},
		{Scope: SingleTransfer, OrderID: "ORDER-1", EndToEndID: "b2", Status: "ACSC"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := got.Entries[1]; !e.Rejected() || e.Accepted() || e.RefusedAsDuplicate() {
		t.Errorf("%+v is taken for something else", e)
	}
	if e := got.Entries[2]; e.Rejected() || !e.Accepted() {
		t.Errorf("%+v is taken for something else", e)
	}
}

func TestNotificationsAreRead(t *testing.T) {
	got, err := Read(bankFile(t, "notification.xml", "camt.054.001.12"))
	if err != nil {
		t.Fatal(err)
	}
	on := calendar.Date{Year: 2019, Month: time.March, Day: 5}
	want := Message{Kind: Notification, ID: "BANK-NOTE-1", Entries: []Entry{
		{Scope: BookedDebit, Key: "tx/REF-1", EndToEndID: "a1", Status: "BOOK", AmountOre: new(int64(450_000_00)), BookedOn: on},
		{Scope: BookedCredit, Key: "tx/REF-2", Reference: "1234567890128", Status: "BOOK", AmountOre: new(int64(10_000_50)), BookedOn: on},
		{Scope: BookedCredit, Key: "entry/REF-3/0", EndToEndID: "b2", Status: "BOOK", Code: "AC04", Text: "Kontoen er avsluttet", AmountOre: new(int64(100)), BookedOn: on, Reversal: true},
		{Scope: BookedDebit, Key: "at/BANK-NOTE-1/NOTE-1/3/0", Status: "BOOK", AmountOre: new(int64(25_00)), BookedOn: on},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// bankFile returns a file as a bank writes it, which its schema takes.
func bankFile(t *testing.T, name, schemaName string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t, schemaName).Validate(bytes.NewReader(raw)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return raw
}

func TestOtherFilesAreRefused(t *testing.T) {
	sent, err := Write(Pain00112, order(transferOf("a1", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"empty": "", "text": "hei", "another document": "<Document><X/></Document>", "our own order": string(sent),
		"cut short": "<Document><CstmrPmtStsRpt><GrpHdr>", "two documents": "<Document><CstmrPmtStsRpt/></Document><Document/>",
		"entities": `<!DOCTYPE d [<!ENTITY a "b">]><Document><CstmrPmtStsRpt><GrpHdr><MsgId>&a;</MsgId></GrpHdr></CstmrPmtStsRpt></Document>`,
	} {
		if _, err := Read([]byte(raw)); !errors.Is(err, ErrUnknownMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{
		`<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><Amt Ccy="EUR">1.00</Amt></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`,
		`<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><Amt Ccy="NOK">1.005</Amt></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`,
	} {
		if m, err := Read([]byte(raw)); err == nil {
			t.Errorf("read as %+v", m)
		}
	}
}

func TestARefusalAsDuplicateIsKnown(t *testing.T) {
	for _, c := range []string{"AM05", "DUPL", "DU03"} {
		if !(Entry{Status: "RJCT", Code: c}).RefusedAsDuplicate() {
			t.Error(c)
		}
	}
	if (Entry{Status: "RJCT", Code: "AC01"}).RefusedAsDuplicate() || (Entry{Status: "ACSC", Code: "AM05"}).RefusedAsDuplicate() {
		t.Error("something else is taken for a duplicate")
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	for _, name := range []string{"status.xml", "notification.xml"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(raw)
		if err == nil && fmt.Sprint(m.Kind) == "" {
			t.Error("a message of no kind")
		}
	})
}
