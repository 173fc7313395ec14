package fictional

// seed is what differs from one invented enterprise to the next; the rest follows from it.
type seed struct {
	number              string // starts with 3, so that it is nobody's
	name                string
	formCode            string
	place               string // key of places
	trade               string // key of trades
	registeredVoluntary bool
}

// seeds are the ordinary enterprises, in the order of the persons who act for them.
func seeds() []seed {
	return []seed{
		{"310000019", "Spirehagen Arbeid AS (fiktiv)", "AS", "oslo", "garden", true},
		{"310000027", "Trådsnella Redesign (fiktiv)", "FLI", "sandefjord", "textile", true},
		{"310000035", "Eplekart Mat AS (fiktiv)", "AS", "asker", "food", true},
		{"310000043", "Navet Sykkelverksted (fiktiv)", "FLI", "oslo", "bicycle", true},
		{"310000051", "Fjordspire AS (fiktiv)", "AS", "sogndal", "garden", true},
		{"310000078", "Ordbroen (fiktiv)", "STI", "nordreFollo", "language", true},
		{"310000086", "Gjenfunn Møbel AS (fiktiv)", "AS", "trondheim", "reuse", true},
		{"310000094", "Innerste Krets (fiktiv)", "FLI", "bergen", "peer", true},
		{"310000108", "Låvedøra Gardsdrift SA (fiktiv)", "SA", "levanger", "farm", true},
		{"310000116", "Tastetrykk Opplæring AS (fiktiv)", "AS", "oslo", "digital", false},
		{"310000124", "Kornblomst Kantine AS (fiktiv)", "AS", "stavanger", "food", true},
		{"310000132", "Høvelbenken (fiktiv)", "FLI", "drammen", "workshop", true},
		{"310000140", "Andre Runde Gjenbruk AS (fiktiv)", "AS", "bodo", "reuse", true},
		{"310000159", "Bryggesleppet (fiktiv)", "FLI", "ulstein", "farm", true},
		{"310000167", "Nålepute Systue SA (fiktiv)", "SA", "oslo", "textile", true},
		{"310000175", "Veien Ut og Inn (fiktiv)", "FLI", "oslo", "peer", true},
		{"310000183", "Grønn Dør Hagelag SA (fiktiv)", "SA", "fredrikstad", "garden", true},
		{"310000191", "Første Linje Koding AS (fiktiv)", "AS", "kristiansand", "digital", true},
		{"310000205", "Bakgårdskjøkkenet AS (fiktiv)", "AS", "oslo", "food", true},
		{"310000213", "Samtalebordet (fiktiv)", "FLI", "tromso", "language", false},
		{"310000221", "Hjulsporet AS (fiktiv)", "AS", "hamar", "bicycle", true},
		{"310000248", "Bygdeverkstaden (fiktiv)", "FLI", "voss", "workshop", true},
		{"310000256", "Ny Nål AS (fiktiv)", "AS", "sandefjord", "textile", true},
		{"310000264", "Tredje Skift AS (fiktiv)", "AS", "oslo", "reuse", true},
		{"310000272", "Kløverenga Gårdsarbeid (fiktiv)", "STI", "inderoy", "farm", true},
		{"310000280", "Vær Varsom Omsorgshage AS (fiktiv)", "AS", "alesund", "garden", true},
		{"310000299", "Ledsagerne (fiktiv)", "FLI", "oslo", "peer", true},
		{"310000302", "Skjermbildet Læring AS (fiktiv)", "AS", "bergen", "digital", true},
		{"310000310", "Fiskesuppa SA (fiktiv)", "SA", "narvik", "food", true},
		{"310000329", "Sølvtråd (fiktiv)", "FLI", "haugesund", "textile", true},
		{"310000337", "Ordskogen (fiktiv)", "FLI", "volda", "language", true},
		{"310000345", "Flisa Snekkeri AS (fiktiv)", "AS", "gjovik", "workshop", false},
		{"310000353", "Returpunktet AS (fiktiv)", "AS", "oslo", "reuse", true},
		{"310000361", "Pedalkraft Sosialt Verksted (fiktiv)", "FLI", "trondheim", "bicycle", true},
		{"310000388", "Vekstbordet AS (fiktiv)", "AS", "oslo", "garden", true},
		{"310000396", "Nabohjelpen Larvik SA (fiktiv)", "SA", "larvik", "peer", true},
		{"310000418", "Brødsmulen Bakeri AS (fiktiv)", "AS", "skien", "food", true},
		{"310000426", "Klikk og Mestre (fiktiv)", "FLI", "arendal", "digital", true},
		{"310000434", "Sauebjella (fiktiv)", "FLI", "stad", "farm", true},
		{"310000442", "Sting for Sting AS (fiktiv)", "AS", "oslo", "textile", true},
		{"310000450", "Møteplass Morgen (fiktiv)", "STI", "molde", "language", true},
		{"310000469", "Treskoen Verksted AS (fiktiv)", "AS", "tonsberg", "workshop", true},
		{"310000477", "Omveien AS (fiktiv)", "AS", "oslo", "peer", true},
		{"310000485", "Kystkorn SA (fiktiv)", "SA", "kinn", "food", false},
		{"310000493", "Gjenklang Gjenbruk (fiktiv)", "FLI", "kristiansund", "reuse", true},
		{"310000507", "Sykkelkjelleren AS (fiktiv)", "AS", "stavanger", "bicycle", true},
		{"310000515", "Den Lange Grøfta (fiktiv)", "FLI", "steinkjer", "farm", true},
		{"310000523", "Kodekroken (fiktiv)", "FLI", "oslo", "digital", true},
		{"310000531", "Drivhuset på Hjørnet AS (fiktiv)", "AS", "lillehammer", "garden", true},
		{"310000558", "Stripa Systue (fiktiv)", "FLI", "rana", "textile", true},
		{"310000566", "Middagsgjengen SA (fiktiv)", "SA", "oslo", "food", true},
		{"310000574", "Snakk Videre (fiktiv)", "FLI", "bergen", "language", true},
		{"310000582", "Bruktbua AS (fiktiv)", "AS", "namsos", "reuse", true},
		{"310000590", "Verktøykassa Trearbeid (fiktiv)", "FLI", "sorVaranger", "workshop", true},
		{"310000604", "Fjellgardslaget SA (fiktiv)", "SA", "sogndal", "farm", true},
		{"310000612", "Lanterna Likeperson (fiktiv)", "STI", "oslo", "peer", false},
		{"310000620", "Ekehagen AS (fiktiv)", "AS", "sandnes", "garden", true},
		{"310000639", "Fri Felg AS (fiktiv)", "AS", "fredrikstad", "bicycle", true},
		{"310000647", "Rosin og Rug Kafé (fiktiv)", "FLI", "tromso", "food", true},
		{"310000655", "Lappeteppet (fiktiv)", "FLI", "drammen", "textile", true},
		{"310000663", "Bilete og Ord (fiktiv)", "FLI", "ulstein", "language", true},
		{"310000671", "Digital Dugnad AS (fiktiv)", "AS", "trondheim", "digital", true},
		{"310000698", "Flyttelaget Løft AS (fiktiv)", "AS", "oslo", "reuse", true},
		{"310000701", "Høyloftet SA (fiktiv)", "SA", "hemnes", "farm", true},
		{"310000728", "Stemmegaffel (fiktiv)", "FLI", "kristiansand", "peer", true},
		{"310000736", "Blomkarse Hagedrift AS (fiktiv)", "AS", "bergen", "garden", true},
		{"310000744", "Grytelokket AS (fiktiv)", "AS", "alta", "food", true},
		{"310000752", "Hammer og Håp (fiktiv)", "FLI", "hamar", "workshop", false},
		{"310000760", "Nøstet (fiktiv)", "FLI", "voss", "textile", true},
		{"310000779", "Tohjulingen SA (fiktiv)", "SA", "oslo", "bicycle", true},
		{"310000787", "Setningen AS (fiktiv)", "AS", "sandefjord", "language", true},
		{"310000795", "Maskinrommet Læring (fiktiv)", "FLI", "bodo", "digital", true},
		{"310000809", "Kretsløp Kjøkken AS (fiktiv)", "AS", "asker", "food", true},
		{"310000817", "Bortgjemt Gjenbruk SA (fiktiv)", "SA", "harstad", "reuse", true},
		{"310000825", "Seterstien (fiktiv)", "FLI", "volda", "farm", true},
		{"310000833", "Nabolagets Drivbenk (fiktiv)", "STI", "oslo", "garden", true},
		{"310000841", "Rekkverket Støtte AS (fiktiv)", "AS", "stavanger", "peer", true},
		{"310000868", "Sponhaugen Snekkeri AS (fiktiv)", "AS", "alstahaug", "workshop", true},
		{"310000876", "Kanten Tekstil (fiktiv)", "FLI", "oslo", "textile", true},
		{"310000884", "Kaffebønna og Vi AS (fiktiv)", "AS", "nordreFollo", "food", false},
	}
}

type oddSeed struct {
	condition Condition
	seed
}

// oddSeeds are the enterprises that show what a registry can answer beyond the ordinary.
func oddSeeds() []oddSeed {
	return []oddSeed{
		{Deleted, seed{"390000014", "Nedlagt Gartneri AS (fiktiv)", "AS", "oslo", "garden", true}},
		{Bankrupt, seed{"390000022", "Tomme Hyller AS (fiktiv)", "AS", "drammen", "reuse", true}},
		{UnderLiquidation, seed{"390000030", "Siste Sving SA (fiktiv)", "SA", "bergen", "bicycle", true}},
		{Sparse, seed{"390000049", "Uten Adresse (fiktiv)", "FLI", "oslo", "peer", true}},
	}
}
