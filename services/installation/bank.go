package installation

import (
	"cmp"
	"path/filepath"

	"saakorn/services/payment"
	"saakorn/services/payment/iso20022"
)

// BankSettings is the account that grants are paid from, and how files are exchanged with its bank. The
// tags name the environment variables.
type BankSettings struct {
	// Version is agreed with the bank: Norwegian banks take different ones.
	Version     string `name:"bank-version" env:"SAAKORN_BANK_VERSION" default:"pain.001.001.12" help:"version of the order message that the bank takes: pain.001.001.03, .09 or .12"`
	Payer       string `name:"bank-payer" env:"SAAKORN_BANK_PAYER" default:"Arbeids- og velferdsdirektoratet" help:"who the account belongs to"`
	PayerNumber string `name:"bank-payer-number" env:"SAAKORN_BANK_PAYER_NUMBER" help:"the payer's number with the bank, usually the organisation number"`
	Account     string `name:"bank-account" env:"SAAKORN_BANK_ACCOUNT" help:"account that grants are paid from, eleven digits"`
	BIC         string `name:"bank-bic" env:"SAAKORN_BANK_BIC" help:"BIC of the bank that keeps the account"`
	Outbox      string `name:"bank-outbox" env:"SAAKORN_BANK_OUTBOX" help:"folder that the bank fetches orders from"`
	Inbox       string `name:"bank-inbox" env:"SAAKORN_BANK_INBOX" help:"folder that files from the bank come to"`
}

// DevelopmentBank returns the settings of a bank that nobody listens to: files lie in the folder. The
// account is a made-up number that passes its check.
func DevelopmentBank(folder string) BankSettings {
	return BankSettings{
		Version: string(iso20022.Pain00112), Payer: "Tilskuddsforvalteren (fiktiv)", PayerNumber: "310000019",
		Account: "12345678903", BIC: "DNBANOKK", Outbox: filepath.Join(folder, "out"), Inbox: filepath.Join(folder, "in"),
	}
}

func (s BankSettings) bank() payment.Bank {
	return payment.Bank{
		Version: iso20022.Version(cmp.Or(s.Version, string(iso20022.Pain00112))),
		Payer:   iso20022.Party{Name: s.Payer, OrganizationNumber: s.PayerNumber}, Account: payment.AccountNumber(s.Account), BIC: s.BIC,
		Outbox: s.Outbox, Inbox: s.Inbox,
	}
}
