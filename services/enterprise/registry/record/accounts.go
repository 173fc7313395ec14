package main

import "saakorn/services/enterprise/fictional"

// accountsYear is the year of the accounts that the invented businesses have filed.
const accountsYear = 2019

type filedAccounts struct {
	ID            int           `json:"id"`
	JournalNumber string        `json:"journalnr"`
	Type          string        `json:"regnskapstype"`
	Enterprise    accountsOwner `json:"virksomhet"`
	Period        accountsSpan  `json:"regnskapsperiode"`
	Currency      string        `json:"valuta"`
	Liquidation   bool          `json:"avviklingsregnskap"`
	Layout        string        `json:"oppstillingsplan"`
	Audit         audit         `json:"revisjon"`
	Principles    principles    `json:"regnkapsprinsipper"`
	EquityAndDebt equityAndDebt `json:"egenkapitalGjeld"`
	Assets        assets        `json:"eiendeler"`
	Results       results       `json:"resultatregnskapResultat"`
}

type accountsOwner struct {
	Number string `json:"organisasjonsnummer"`
	Form   string `json:"organisasjonsform"`
	Parent bool   `json:"morselskap"`
}

type accountsSpan struct {
	From string `json:"fraDato"`
	To   string `json:"tilDato"`
}

type audit struct {
	Unaudited bool `json:"ikkeRevidertAarsregnskap"`
	OptedOut  bool `json:"fravalgRevisjon"`
}

type principles struct {
	Small bool   `json:"smaaForetak"`
	Rules string `json:"regnskapsregler"`
}

type equityAndDebt struct {
	Total  float64 `json:"sumEgenkapitalGjeld"`
	Equity struct {
		Total float64 `json:"sumEgenkapital"`
		// The spelling is the register's.
		PaidIn struct {
			Total float64 `json:"sumInnskuttEgenkaptial"`
		} `json:"innskuttEgenkapital"`
	} `json:"egenkapital"`
	Debt struct {
		Total   float64 `json:"sumGjeld"`
		Current struct {
			Total float64 `json:"sumKortsiktigGjeld"`
		} `json:"kortsiktigGjeld"`
		Long struct {
			Total float64 `json:"sumLangsiktigGjeld"`
		} `json:"langsiktigGjeld"`
	} `json:"gjeldOversikt"`
}

type assets struct {
	Total       float64 `json:"sumEiendeler"`
	Bank        float64 `json:"sumBankinnskuddOgKontanter"`
	Receivables float64 `json:"sumFordringer"`
	Stock       float64 `json:"sumVarer"`
	Current     struct {
		Total float64 `json:"sumOmloepsmidler"`
	} `json:"omloepsmidler"`
	Fixed struct {
		Total float64 `json:"sumAnleggsmidler"`
	} `json:"anleggsmidler"`
}

type results struct {
	Year      float64 `json:"aarsresultat"`
	BeforeTax float64 `json:"ordinaertResultatFoerSkattekostnad"`
	Operating struct {
		Result float64 `json:"driftsresultat"`
		Income struct {
			Sales float64 `json:"salgsinntekter"`
			Total float64 `json:"sumDriftsinntekter"`
		} `json:"driftsinntekter"`
		Cost struct {
			Wages float64 `json:"loennskostnad"`
			Total float64 `json:"sumDriftskostnad"`
		} `json:"driftskostnad"`
	} `json:"driftsresultat"`
	Finance struct {
		Net float64 `json:"nettoFinans"`
	} `json:"finansresultat"`
}

// accountsOf returns accounts that add up, of a size that follows from the organisation number.
func accountsOf(e fictional.Enterprise) []filedAccounts {
	size := float64(1 + int(e.Number[6]-'0'))
	a := filedAccounts{
		ID: 1000 + int(size), JournalNumber: "2020" + e.Number[3:], Type: "SELSKAP",
		Enterprise: accountsOwner{Number: e.Number, Form: e.FormCode},
		Period:     accountsSpan{From: "2019-01-01", To: "2019-12-31"},
		Currency:   "NOK", Layout: "smaa", Audit: audit{OptedOut: size < 4},
		Principles: principles{Small: true, Rules: "regnskapslovenAlminneligRegler"},
	}
	operating := &a.Results.Operating
	operating.Income.Sales, operating.Income.Total = 420_000*size, 900_000+520_000*size
	operating.Cost.Wages, operating.Cost.Total = 600_000+300_000*size, 850_000+510_000*size
	operating.Result = operating.Income.Total - operating.Cost.Total
	a.Results.Finance.Net = 1_500
	a.Results.BeforeTax = operating.Result + a.Results.Finance.Net
	a.Results.Year = a.Results.BeforeTax
	a.Assets.Bank, a.Assets.Receivables, a.Assets.Stock = 150_000+90_000*size, 40_000*size, 10_000*size
	a.Assets.Current.Total = a.Assets.Bank + a.Assets.Receivables + a.Assets.Stock
	a.Assets.Fixed.Total = 60_000 * size
	a.Assets.Total = a.Assets.Current.Total + a.Assets.Fixed.Total
	debt := &a.EquityAndDebt.Debt
	debt.Current.Total, debt.Long.Total = 70_000*size, 30_000*size
	debt.Total = debt.Current.Total + debt.Long.Total
	a.EquityAndDebt.Total = a.Assets.Total
	a.EquityAndDebt.Equity.Total = a.Assets.Total - debt.Total
	a.EquityAndDebt.Equity.PaidIn.Total = 30_000
	return []filedAccounts{a}
}
