"""What happens in the demonstration neighbourhood: who is there, and who says what.

Everybody is invented. deploy/demonstration lets kring do it, in this order.
"""

# Name of the keystore: (name that neighbours see, what a coordinator checks).
PEOPLE = {
    "anna": ("Anna de Vries", "Lindenlaan 2"),
    "karim": ("Karim Bouzid", "Beukstraat 9"),
    "jan": ("Jan Bakker", "Lindenlaan 11, ik woon er 20 jaar"),
    "fatima": ("Fatima El Idrissi", "Lindenlaan 12"),
    "willem": ("Willem Smit", "Lindenlaan 16"),
    "sofie": ("Sofie Jansen", "Beukstraat 3, bel gerust aan"),
    "mehmet": ("Mehmet Yılmaz", "Beukstraat 21"),
    "ria": ("Ria Postma", "Eikplein 5"),
    "dirk": ("Dirk Visser", "Havenkade 40"),
    "nadia": ("Nadia Haddad", "Touwslagerij 7"),
    "els": ("Els Mulder", "Havenkade 12"),
    "tom": ("Tom de Boer", "Havenkade 14"),
    "precious": ("Precious Owusu", "Touwslagerij 3"),
    "henk": ("Henk Kramer", "Loodsweg 28"),
    "lotte": ("Lotte Dijkstra", "Loodsweg 30"),
    "samir": ("Samir Aziz", "Havenkade 22"),
    "marieke": ("Marieke Hofman", None),
    "youssef": ("Youssef Amrani", None),
    "ingrid": ("Ingrid Meijer", None),
}

# What is written is (label, who, words after `kring`, text); {label} is the number of that
# message. Of what is taken down (who, number, reason); of a circle who makes it, its name, who
# else is in it, and what is written there.
COMMUNITIES = {
    "Lindenkwartier": {
        "founders": ("anna", "karim"),
        "residents": ("jan", "fatima", "willem", "sofie", "mehmet", "ria"),
        "rules": "Wij letten op elkaar. Schrijf wat u ziet of hoort, niet wat u denkt. "
                 "Noem geen namen van verdachten. Bij gevaar: bel 112.",
        "guidance": "Twijfelt u? Veilig Thuis geeft advies, dag en nacht, gratis: 0800-2000. "
                    "U hoeft uw naam niet te noemen.",
        "posts": (
            (None, "anna", ("announce",), "Zaterdag om tien uur koffie in het buurthuis."),
            ("ruzie", "jan", ("concern", "--category", "shouting", "--how-often", "weekly",
                              "--since", "{two_months_ago}", "--where", "Lindenlaan 14"),
             "Bijna elke week hoor ik 's avonds geschreeuw en gebonk bij nummer 14."),
            (None, "willem", ("heard", "{ruzie}"), "Gisteren om elf uur weer."),
            (None, "fatima", ("heard", "{ruzie}"), "Ik hoor ook een kind huilen."),
            (None, "karim", ("comment", "{ruzie}"),
             "Wie zich zorgen maakt kan een signaal sturen aan de wijkagent: kring signal."),
            ("bel", "sofie", ("concern", "--category", "not_seen", "--how-often", "once",
                              "--since", "{two_days_ago}", "--where", "Beukstraat 5"),
             "Meneer De Wit heeft zijn krant al twee dagen niet gepakt."),
            (None, "mehmet", ("comment", "{bel}"), "Ik heb aangebeld, geen antwoord."),
            (None, "mehmet", ("called-112", "{bel}"), "De ambulance komt eraan."),
            (None, "sofie", ("comment", "{bel}"),
             "Hij was gevallen. Hij ligt in het ziekenhuis en het gaat goed met hem."),
            (None, "ria", ("chat",), "Wie kan zijn kat eten geven?"),
            ("gerucht", "willem", ("chat",), "Het is vast die familie van nummer 3."),
        ),
        "taken_down": (
            ("anna", "{gerucht}", "Dit is een gerucht over een gezin. Zie de regels."),
        ),
        "circles": (
            ("sofie", "Om meneer De Wit", ("mehmet", "ria"), (
                ("mehmet", "Ik geef de kat eten tot hij thuis is."),
                ("ria", "Dan doe ik de boodschappen op vrijdag."),
            )),
        ),
    },
    "Havenbuurt": {
        "founders": ("dirk", "nadia"),
        "residents": ("els", "tom", "precious", "henk", "lotte", "samir"),
        "rules": "Een zorg is geen oordeel. Wat hier staat blijft hier. Bij gevaar: bel 112.",
        "guidance": "Wat u kunt opschrijven: wanneer, hoe laat, wat u hoorde, hoe lang het duurde.",
        "posts": (
            (None, "nadia", ("announce",), "De lantaarns op de kade worden dinsdag gemaakt."),
            ("kind", "els", ("concern", "--category", "neglect", "--how-often", "several",
                             "--where", "speeltuin aan de kade"),
             "Twee kleine kinderen zijn 's avonds laat alleen in de speeltuin."),
            (None, "precious", ("heard", "{kind}"), "Maandag ook, het was al donker."),
            (None, "dirk", ("comment", "{kind}"), "Ik loop vanavond even langs."),
            ("dreigen", "tom", ("concern", "--category", "threat", "--how-often", "once"),
             "Iemand stond op de galerij te schreeuwen en tegen een deur te schoppen."),
            (None, "lotte", ("called-112", "{dreigen}"), "De politie is er nu."),
            (None, "samir", ("comment", "{dreigen}"), "Het is weer rustig."),
            (None, "lotte", ("chat",), "Fijn dat we dit van elkaar weten."),
        ),
        "taken_down": (),
        "circles": (),
    },
}

USUAL_DEADLINES = {"today": {"acknowledge": 28800, "follow_up": 172800, "continuous": True}}
# On its first day the wijkagent's inbox promises a word within a second, so that a deadline
# passes without a day of waiting.
HASTY_DEADLINES = {"today": {"acknowledge": 1, "follow_up": 172800, "continuous": True}}

FROM_EIGHT_TO_TEN, FROM_NINE_TO_FIVE, ALWAYS = [480, 1320], [540, 1020], [0, 1440]
INBOXES = {
    "Veilig Thuis": {
        "administrator": "ingrid", "team": (), "fallback": None,
        "settings": {
            "name": "Veilig Thuis Rijnstad", "call": "0800-2000", "zone": "Europe/Amsterdam",
            "about": "Advies- en meldpunt huiselijk geweld en kindermishandeling.",
            "days": [[ALWAYS]] * 7,
        },
        "told": (
            ("guidance", "Zo schrijft u op wat u ziet",
             "Schrijf op wat u zelf ziet of hoort: de dag, de tijd, hoe lang het duurde. Schrijf "
             "niet op wat u denkt. Ga niet zelf op onderzoek uit."),
        ),
    },
    "Wijkagent": {
        "administrator": "marieke", "team": ("youssef",), "fallback": "Veilig Thuis",
        "settings": {
            "name": "Wijkagenten Rijnstad", "call": "0900-8844", "zone": "Europe/Amsterdam",
            "about": "Marieke Hofman en Youssef Amrani. Wij lezen elk signaal.",
            "days": [[FROM_EIGHT_TO_TEN]] * 5 + [[FROM_NINE_TO_FIVE]] * 2,
            "deadlines": HASTY_DEADLINES,
        },
        "told": (
            ("notice", "Inloopspreekuur in het buurthuis",
             "Elke dinsdag van vier tot vijf zit de wijkagent in het buurthuis. U hoeft geen "
             "afspraak te maken."),
        ),
    },
}


def draft(origin, seen, identity=None, **answers):
    """A signal as `kring signal --from` reads it; most know no more than this."""
    signal = {"kind": "anonymous", "origin": origin, "urgency": "this_week", "danger_now": "no",
              "weapons": "unknown", "family_knows": "no", "reach": "receipt", "seen": seen,
              "town": "Rijnstad", **answers}
    return {"signal": signal, "identity": identity} if identity else {"signal": signal}


# Signals to the wijkagent: a member and the community whose policy names the inbox, or nobody,
# with the link on a poster; and what is said. FORGOTTEN is not acknowledged in time.
FORGOTTEN = "vergeten"
SIGNALS = {
    "vergeten": (None, None, draft(
        "poster", "Mijn buurvrouw heeft blauwe plekken en zegt dat zij gevallen is.",
        urgency="today", category="violence", at_risk=["adult"], how_often="several",
        street="Eikplein", number="8", postcode="1234 AC")),
    "verward": (None, None, draft(
        "poster", "Een oude man staat elke dag in zijn pyjama op de galerij en weet niet waar hij "
        "is. Hij zegt dat zijn zoon geld van zijn rekening haalt.",
        category="older_person", at_risk=["older"], how_often="daily",
        street="Loodsweg", number="26", postcode="1235 BB")),
    "huilen": ("jan", "Lindenkwartier", draft(
        "community", "Elke week geschreeuw en gebonk, en een kind dat lang huilt.",
        category="child", at_risk=["child", "adult"], ages=[4, 7], how_often="weekly",
        who="Een man, een vrouw en twee kinderen.",
        tried="Ik heb een keer aangebeld. De man zei dat er niets is.",
        street="Lindenlaan", number="14", postcode="1234 AB")),
    "speeltuin": ("els", "Havenbuurt", draft(
        "community", "Twee kinderen van ongeveer 5 en 6 zijn na tien uur 's avonds alleen buiten.",
        identity={"name": "Els Mulder", "contact": "06-00000012"},
        kind="named", reach="identity", reach_when="Overdag na twaalf uur.",
        category="neglect", at_risk=["child"], ages=[5, 6], how_often="several")),
    "gil": ("fatima", "Lindenkwartier", draft(
        "community", "Vannacht om twee uur gilde er een vrouw. Daarna was het stil. Het kind was "
        "vandaag niet op school.",
        urgency="today", category="violence", at_risk=["child", "adult"],
        street="Lindenlaan", number="14", postcode="1234AB")),
}

# What becomes of them: (who, words after `kring case`, text). {case} is the case's id, {date} a
# day to come, {fallback} the other inbox's link. The reporter's words go after `kring return`.
CASES = {
    "verward": (
        ("youssef", ("acknowledge", "{case}"), "Dank u. Ik heb dit vandaag gelezen."),
        ("youssef", ("hand-over", "{case}", "{fallback}"),
         "Een oudere die verward is, en misschien bestolen wordt: dit is voor jullie."),
        ("ingrid", ("accept", "{case}"), "Wij nemen dit over. Wij bellen morgen zijn huisarts."),
    ),
    "huilen": (
        ("marieke", ("acknowledge", "{case}"),
         "Dank u dat u dit vertelt. Ik heb het gelezen en ga ermee aan de slag."),
        ("marieke", ("ask", "{case}"), "Op welke dagen hoort u het, en hoe laat?"),
        ("reporter", ("--answer",), "Meestal op donderdag, tussen tien en elf uur 's avonds."),
        ("marieke", ("assign", "{case}", "Youssef Amrani"), None),
        ("youssef", ("note", "{case}"), "Op dit adres zijn wij vorig jaar ook geweest."),
        ("youssef", ("promise", "{case}", "{date}"),
         "Wij gaan langs. U hoort uiterlijk op deze dag van ons."),
    ),
    "speeltuin": (
        ("youssef", ("acknowledge", "{case}"), "Dank u, mevrouw. Ik bel u morgenmiddag."),
        ("youssef", ("close", "{case}", "help_started"),
         "Ik heb met de ouders gesproken. Het wijkteam helpt hen nu met opvang. "
         "Goed dat u dit vertelde."),
        ("reporter", (), None),
    ),
}
