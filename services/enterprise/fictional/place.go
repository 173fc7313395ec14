package fictional

// Place is a real municipality with one of its post offices, numbered as from 1 January 2024.
type Place struct {
	MunicipalityNumber string
	MunicipalityName   string // in capitals, as the registry writes it
	PostalCode         string
	City               string // in capitals, as the registry writes it
	// Language is the language an enterprise there writes: nb or nn.
	Language string
}

func places() map[string]Place {
	return map[string]Place{
		"alesund":      {"1508", "ÅLESUND", "6002", "ÅLESUND", "nb"},
		"alstahaug":    {"1820", "ALSTAHAUG", "8800", "SANDNESSJØEN", "nb"},
		"alta":         {"5601", "ALTA", "9510", "ALTA", "nb"},
		"arendal":      {"4203", "ARENDAL", "4836", "ARENDAL", "nb"},
		"asker":        {"3203", "ASKER", "1383", "ASKER", "nb"},
		"bergen":       {"4601", "BERGEN", "5003", "BERGEN", "nb"},
		"bodo":         {"1804", "BODØ", "8006", "BODØ", "nb"},
		"drammen":      {"3301", "DRAMMEN", "3015", "DRAMMEN", "nb"},
		"fredrikstad":  {"3107", "FREDRIKSTAD", "1607", "FREDRIKSTAD", "nb"},
		"gjovik":       {"3407", "GJØVIK", "2815", "GJØVIK", "nb"},
		"hamar":        {"3403", "HAMAR", "2317", "HAMAR", "nb"},
		"harstad":      {"5503", "HARSTAD", "9405", "HARSTAD", "nb"},
		"haugesund":    {"1106", "HAUGESUND", "5525", "HAUGESUND", "nb"},
		"hemnes":       {"1832", "HEMNES", "8646", "KORGEN", "nb"},
		"inderoy":      {"5053", "INDERØY", "7670", "INDERØY", "nb"},
		"kinn":         {"4602", "KINN", "6900", "FLORØ", "nn"},
		"kristiansand": {"4204", "KRISTIANSAND", "4611", "KRISTIANSAND S", "nb"},
		"kristiansund": {"1505", "KRISTIANSUND", "6509", "KRISTIANSUND N", "nb"},
		"larvik":       {"3909", "LARVIK", "3257", "LARVIK", "nb"},
		"levanger":     {"5037", "LEVANGER", "7600", "LEVANGER", "nb"},
		"lillehammer":  {"3405", "LILLEHAMMER", "2609", "LILLEHAMMER", "nb"},
		"molde":        {"1506", "MOLDE", "6413", "MOLDE", "nb"},
		"namsos":       {"5007", "NAMSOS", "7800", "NAMSOS", "nb"},
		"narvik":       {"1806", "NARVIK", "8514", "NARVIK", "nb"},
		"nordreFollo":  {"3207", "NORDRE FOLLO", "1400", "SKI", "nb"},
		"oslo":         {"0301", "OSLO", "0187", "OSLO", "nb"},
		"rana":         {"1833", "RANA", "8622", "MO I RANA", "nb"},
		"sandefjord":   {"3907", "SANDEFJORD", "3210", "SANDEFJORD", "nb"},
		"sandnes":      {"1108", "SANDNES", "4306", "SANDNES", "nb"},
		"skien":        {"4003", "SKIEN", "3717", "SKIEN", "nb"},
		"sogndal":      {"4640", "SOGNDAL", "6856", "SOGNDAL", "nn"},
		"sorVaranger":  {"5605", "SØR-VARANGER", "9900", "KIRKENES", "nb"},
		"stad":         {"4649", "STAD", "6770", "NORDFJORDEID", "nn"},
		"stavanger":    {"1103", "STAVANGER", "4006", "STAVANGER", "nb"},
		"steinkjer":    {"5006", "STEINKJER", "7713", "STEINKJER", "nb"},
		"tonsberg":     {"3905", "TØNSBERG", "3111", "TØNSBERG", "nb"},
		"tromso":       {"5501", "TROMSØ", "9008", "TROMSØ", "nb"},
		"trondheim":    {"5001", "TRONDHEIM", "7011", "TRONDHEIM", "nb"},
		"ulstein":      {"1516", "ULSTEIN", "6065", "ULSTEINVIK", "nn"},
		"volda":        {"1577", "VOLDA", "6100", "VOLDA", "nn"},
		"voss":         {"4621", "VOSS", "5700", "VOSS", "nn"},
	}
}

// trade is what an enterprise lives by, in both written languages.
type trade struct {
	purposeNb, purposeNn   string
	activityNb, activityNn string
}

func (t trade) purpose(language string) string {
	if language == "nn" {
		return t.purposeNn
	}
	return t.purposeNb
}

func (t trade) activity(language string) string {
	if language == "nn" {
		return t.activityNn
	}
	return t.activityNb
}

func trades() map[string]trade {
	return map[string]trade{
		"bicycle": {
			"Å gi unge uten arbeid fagopplæring og lønn i et sykkelverksted.",
			"Å gje unge utan arbeid fagopplæring og løn i ein sykkelverkstad.",
			"Reparasjon og salg av sykler.", "Reparasjon og sal av syklar.",
		},
		"digital": {
			"Å lære mennesker som er ute av arbeid, digitale fag som gir jobb.",
			"Å lære menneske som er ute av arbeid, digitale fag som gjev jobb.",
			"Kurs og oppdrag innen testing og programmering.", "Kurs og oppdrag innan testing og programmering.",
		},
		"farm": {
			"Å bruke gårdens arbeid til å hjelpe mennesker tilbake til jobb og fellesskap.",
			"Å bruke arbeidet på garden til å hjelpe menneske attende til jobb og fellesskap.",
			"Husdyrhold, foredling og gårdsutsalg.", "Husdyrhald, foredling og gardsutsal.",
		},
		"food": {
			"Å skape ordinære arbeidsplasser i matfag for mennesker som har stått lenge utenfor.",
			"Å skape ordinære arbeidsplassar i matfag for menneske som har stått lenge utanfor.",
			"Kafé, kantine og matlevering.", "Kafé, kantine og matlevering.",
		},
		"garden": {
			"Å gi mennesker som faller utenfor arbeidslivet, arbeid og opplæring i hagebruk.",
			"Å gje menneske som fell utanfor arbeidslivet, arbeid og opplæring i hagebruk.",
			"Dyrking, hagearbeid og vedlikehold av uteområder.", "Dyrking, hagearbeid og vedlikehald av uteområde.",
		},
		"language": {
			"Å knytte språktrening til arbeid, slik at innvandrere kommer raskere i jobb.",
			"Å knyte språktrening til arbeid, slik at innvandrarar kjem raskare i jobb.",
			"Språktrening på arbeidsplasser og rådgivning til arbeidsgivere.", "Språktrening på arbeidsplassar og rådgjeving til arbeidsgjevarar.",
		},
		"peer": {
			"Å bruke egen erfaring med fattigdom og utenforskap til støtte for andre.",
			"Å bruke eiga røynsle med fattigdom og utanforskap til støtte for andre.",
			"Likepersonsarbeid og erfaringsformidling.", "Likepersonsarbeid og erfaringsformidling.",
		},
		"reuse": {
			"Å gi arbeid til mennesker med rusbakgrunn gjennom ombruk og flytting.",
			"Å gje arbeid til menneske med rusbakgrunn gjennom ombruk og flytting.",
			"Henting, reparasjon og salg av brukte varer.", "Henting, reparasjon og sal av brukte varer.",
		},
		"textile": {
			"Å gi innvandrerkvinner arbeidserfaring og lønn gjennom søm og redesign.",
			"Å gje innvandrarkvinner arbeidserfaring og løn gjennom saum og redesign.",
			"Søm, redesign og omsøm.", "Saum, redesign og omsaum.",
		},
		"workshop": {
			"Å gi ungdom som har falt ut av skolen, mestring og fagbrev i et trefagverksted.",
			"Å gje ungdom som har falle ut av skulen, meistring og fagbrev i ein trefagverkstad.",
			"Snekring, reparasjon og produksjon i tre.", "Snikring, reparasjon og produksjon i tre.",
		},
	}
}
