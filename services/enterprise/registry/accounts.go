package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"saakorn/services/platform/calendar"
)

// accounts is the register of company accounts (Regnskapsregisteret).
const accounts register = "regnskap"

// Accounts are an enterprise's approved annual accounts. Amounts are in øre, and nil where the
// register has none.
type Accounts struct {
	// From and To are the first and the last date of the accounting period.
	From, To calendar.Date
	// Currency is NOK for all but a few.
	Currency string
	// Liquidation tells that the accounts are those of an enterprise that is being wound up.
	Liquidation bool
	// Unaudited tells that the accounts have not been audited, AuditOptedOut that they need not be.
	Unaudited, AuditOptedOut bool

	SalesOre, RevenueOre, WagesOre, OperatingCostOre, OperatingResultOre, ResultOre *int64
	BankOre, CurrentAssetsOre, TotalAssetsOre                                       *int64
	EquityOre, DebtOre, CurrentLiabilitiesOre                                       *int64

	AsOf time.Time // when the register gave this answer
}

// Year returns the year in which the accounting period ends.
func (a Accounts) Year() int { return a.To.Year }

// Accounts asks for the annual accounts of the enterprise for the year, and false when the register
// has none: it has the newest approved accounts only, and small associations do not file any. Errors
// are [ErrUnavailable], [ErrMalformed], [ErrRefused] or the context's.
func (c *Client) Accounts(ctx context.Context, number string, year int) (Accounts, bool, error) {
	body, err := c.ask(ctx, accounts, number)
	if absent(err) {
		return Accounts{}, false, nil
	}
	if err != nil {
		return Accounts{}, false, fmt.Errorf("look up the accounts of enterprise %s: %w", number, err)
	}
	filed, err := decodeAccounts(body, number)
	if err != nil {
		return Accounts{}, false, fmt.Errorf("look up the accounts of enterprise %s: %w", number, err)
	}
	for _, a := range filed {
		if a.Year() == year {
			a.AsOf = c.now()
			return a, true, nil
		}
	}
	return Accounts{}, false, nil
}

// accountsJSON is the register's JSON, cut to what is used. The spelling is the register's.
type accountsJSON struct {
	Type       string `json:"regnskapstype"`
	Enterprise struct {
		Number string `json:"organisasjonsnummer"`
	} `json:"virksomhet"`
	Period struct {
		From dateJSON `json:"fraDato"`
		To   dateJSON `json:"tilDato"`
	} `json:"regnskapsperiode"`
	Currency    string `json:"valuta"`
	Liquidation bool   `json:"avviklingsregnskap"`
	Audit       struct {
		Unaudited bool `json:"ikkeRevidertAarsregnskap"`
		OptedOut  bool `json:"fravalgRevisjon"`
	} `json:"revisjon"`
	Assets struct {
		Total   kronerJSON `json:"sumEiendeler"`
		Bank    kronerJSON `json:"sumBankinnskuddOgKontanter"`
		Current struct {
			Total kronerJSON `json:"sumOmloepsmidler"`
		} `json:"omloepsmidler"`
	} `json:"eiendeler"`
	EquityAndDebt struct {
		Equity struct {
			Total kronerJSON `json:"sumEgenkapital"`
		} `json:"egenkapital"`
		Debt struct {
			Total   kronerJSON `json:"sumGjeld"`
			Current struct {
				Total kronerJSON `json:"sumKortsiktigGjeld"`
			} `json:"kortsiktigGjeld"`
		} `json:"gjeldOversikt"`
	} `json:"egenkapitalGjeld"`
	Results struct {
		Year      kronerJSON `json:"aarsresultat"`
		Operating struct {
			Result kronerJSON `json:"driftsresultat"`
			Income struct {
				Sales kronerJSON `json:"salgsinntekter"`
				Total kronerJSON `json:"sumDriftsinntekter"`
			} `json:"driftsinntekter"`
			Cost struct {
				Wages kronerJSON `json:"loennskostnad"`
				Total kronerJSON `json:"sumDriftskostnad"`
			} `json:"driftskostnad"`
		} `json:"driftsresultat"`
	} `json:"resultatregnskapResultat"`
}

// kronerJSON is an amount in kroner with decimals, which may be absent or null.
type kronerJSON struct{ ore *int64 }

// mostKroner keeps amounts exact: beyond it a number with decimals has no room for øre.
const mostKroner = 1e13

func (k *kronerJSON) UnmarshalJSON(data []byte) error {
	var kroner *float64
	if err := json.Unmarshal(data, &kroner); err != nil {
		return err
	}
	k.ore = nil
	if kroner == nil {
		return nil
	}
	if math.Abs(*kroner) > mostKroner {
		return fmt.Errorf("%g kroner is more than any enterprise has", *kroner)
	}
	ore := int64(math.Round(*kroner * 100))
	k.ore = &ore
	return nil
}

// decodeAccounts reads an answer about the enterprise with the number. Accounts of a group of
// companies are left out: the grant goes to one enterprise.
func decodeAccounts(body []byte, number string) ([]Accounts, error) {
	var filed []accountsJSON
	if err := unmarshal(body, &filed); err != nil {
		return nil, err
	}
	list := make([]Accounts, 0, len(filed))
	for _, a := range filed {
		if a.Enterprise.Number != number {
			return nil, fmt.Errorf("%w: it is about another enterprise", ErrMalformed)
		}
		if a.Period.To.IsZero() {
			return nil, fmt.Errorf("%w: it lacks the accounting period", ErrMalformed)
		}
		if a.Type == "KONSERN" {
			continue
		}
		list = append(list, a.accounts())
	}
	return list, nil
}

func (a accountsJSON) accounts() Accounts {
	operating := a.Results.Operating
	return Accounts{
		From: a.Period.From.Date, To: a.Period.To.Date, Currency: a.Currency, Liquidation: a.Liquidation,
		Unaudited: a.Audit.Unaudited, AuditOptedOut: a.Audit.OptedOut,
		SalesOre: operating.Income.Sales.ore, RevenueOre: operating.Income.Total.ore, WagesOre: operating.Cost.Wages.ore,
		OperatingCostOre: operating.Cost.Total.ore, OperatingResultOre: operating.Result.ore, ResultOre: a.Results.Year.ore,
		BankOre: a.Assets.Bank.ore, CurrentAssetsOre: a.Assets.Current.Total.ore, TotalAssetsOre: a.Assets.Total.ore,
		EquityOre: a.EquityAndDebt.Equity.Total.ore, DebtOre: a.EquityAndDebt.Debt.Total.ore,
		CurrentLiabilitiesOre: a.EquityAndDebt.Debt.Current.Total.ore,
	}
}
