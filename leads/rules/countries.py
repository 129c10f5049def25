"""Countries as people write them in lists: names in English and Spanish, as ISO 3166-1 codes.

Those that trade lists name; an unknown name stays text. One line a country: code, then its names
without accents, parted by bars.
"""

NAMES = """
AD andorra
AE united arab emirates|emiratos arabes unidos|uae
AR argentina
AT austria
AU australia
BE belgium|belgica
BG bulgaria
BO bolivia
BR brazil|brasil
CA canada
CH switzerland|suiza
CL chile
CN china
CO colombia
CR costa rica
CU cuba
CY cyprus|chipre
CZ czechia|czech republic|chequia|republica checa
DE germany|alemania|deutschland
DK denmark|dinamarca
DO dominican republic|republica dominicana
DZ algeria|argelia
EC ecuador
EE estonia
EG egypt|egipto
ES spain|espana
FI finland|finlandia
FR france|francia
GB united kingdom|great britain|england|scotland|wales|reino unido|gran bretana|inglaterra|escocia|gales|uk
GR greece|grecia
GT guatemala
HK hong kong
HN honduras
HR croatia|croacia
HU hungary|hungria
ID indonesia
IE ireland|irlanda
IL israel
IN india
IS iceland|islandia
IT italy|italia
JP japan|japon
KR south korea|korea|corea del sur|corea
LI liechtenstein
LT lithuania|lituania
LU luxembourg|luxemburgo
LV latvia|letonia
MA morocco|marruecos
MC monaco
MT malta
MX mexico
MY malaysia|malasia
NI nicaragua
NL netherlands|the netherlands|holland|paises bajos|holanda
NO norway|noruega
NZ new zealand|nueva zelanda
PA panama
PE peru
PH philippines|filipinas
PL poland|polonia
PR puerto rico
PT portugal
PY paraguay
RO romania|rumania
RS serbia
SA saudi arabia|arabia saudi|arabia saudita
SE sweden|suecia
SG singapore|singapur
SI slovenia|eslovenia
SK slovakia|eslovaquia
SV el salvador
TH thailand|tailandia
TN tunisia|tunez
TR turkey|turkiye|turquia
TW taiwan
UA ukraine|ucrania
US united states|united states of america|estados unidos|usa|ee uu|eeuu
UY uruguay
VE venezuela
VN vietnam
ZA south africa|sudafrica
"""
CODES = {
    name: code
    for code, names in (line.split(" ", 1) for line in NAMES.strip().splitlines())
    for name in names.split("|")
}


def country_code(plain_name: str) -> str:
    """The code for a name in lower case without accents and punctuation; empty when not known."""
    return CODES.get(plain_name, "")
