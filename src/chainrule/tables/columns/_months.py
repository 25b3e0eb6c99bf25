"""Names of months in the languages of many tables, and of time zones."""

__all__ = ["HOURS_AHEAD", "NUMBER_OF_MONTH"]

# English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian, Polish, Russian, Turkish; whole
# names as they stand in dates, and their short forms.
_NAMES = (
    """jan january januar jänner jän janvier janv enero ene gennaio gen januari janeiro stycznia sty
    января янв ocak""",
    """feb february februar feber février févr fév fevrier febrero febbraio fevereiro fev februari lutego lut
    февраля фев şubat""",
    "mar march märz mär mrz mars marzo março maart mrt marts marca марта мар mart",
    "apr april avril avr abril abr aprile kwietnia kwi апреля апр nisan",
    "may mai mayo maggio mag maio mei maj maja мая май mayıs",
    "jun june juni juin junio giugno giu junho czerwca cze июня июн haziran",
    "jul july juli juillet juil julio luglio lug julho lipca lip июля июл temmuz",
    "aug august août aout agosto ago augustus augusti sierpnia sie августа авг ağustos",
    """sep sept september septembre septiembre settembre set setembro września wrz сентября сен сент eylül""",
    "oct october okt oktober octobre octubre ottobre ott outubro out października paź октября окт ekim",
    "nov november novembre noviembre novembro listopada lis ноября ноя нояб kasım",
    """dec december dez dezember décembre déc decembre diciembre dic dicembre dezembro desember des
    grudnia gru декабря дек aralık""",
)
NUMBER_OF_MONTH = {name: str(number) for number, names in enumerate(_NAMES, 1) for name in names.split()}
"""In lower case."""

HOURS_AHEAD = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **{"WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3},
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
"""Hours by which time zones are ahead of universal time, by the names that programs print."""
