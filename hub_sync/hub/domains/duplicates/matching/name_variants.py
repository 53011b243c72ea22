"""Variants of given names: short forms, forms of other languages, and spellings that no rule connects.

A small table on purpose. What transliteration or a typing error makes of a name is found without it.
"""

from collections.abc import Mapping

from hub_sync.rules.text_normalization import split_name

_GROUPS = """
abdullah abdallah abdulla
albert al bert
alexander alex aleksandr alexandre alessandro sascha sasha xander sandro
alexandra alex sandra sasha aleksandra alessandra
andreas andrew andre andrea andy andi anders andrej andrei andres drew
angela angie angelika
anna anne ann annie anni anja ana anya hannah hanna
anthony antonio anton toni tony antoine
barbara barb babsi barbie
benjamin ben benny beni
bernhard bernard bernd
charles charlie carl karl carlos carlo chuck
christian chris christoph christopher kristian krzysztof christophe cristian
christina chris christine tina kristina kristin christiane cristina
daniel dan danny dani daniele
david dave davide dawid
deborah debra debbie deb
dorothea dorothy doris dora dorothee thea
edward ed eddie eduard ted edouard eduardo
elisabeth elizabeth liz lisa lizzy beth betty elli ella elsbeth lisbeth elise bettina sissi isabel isabelle
emanuel manuel emmanuel manu manny
ferdinand fernando
francis frank franz franziskus francois francesco francisco franco
frances franziska franzi francesca francoise fanny
frederick friedrich fred fritz freddy frederic frederik fredrik
gabriele gabriela gabi gaby gabrielle
george georg jorge georges jurgen giorgio juri yuri jerzy schorsch
gerhard gerard gerd gert
gregory gregor greg grigori grzegorz
heinrich henry harry heinz heiner henri enrico hendrik henrik enrique
helen helena helene elena lena ellen leni
hussein husain husayn hossein husein
ibrahim abraham ebrahim
jacob jakob jacques jake james jim jimmy jamie iago santiago diego
jacqueline jackie
jennifer jenny jen jenni
joachim jochen achim joaquin
johannes johann hans john juan jean giovanni ivan jan jon johnny ian sean hannes jens joao jack iwan ioannis yannis
jonathan jon jonny nathan
joseph josef joe jose sepp jupp giuseppe giu pepe beppe yusuf youssef yosef jozef
julia julie giulia juliane jule
katharina catherine katherine kate katie kathy kathrin katrin cathy kathi katja karin ekaterina caterina catalina kasia
konstantin constantin konstantinos costa kostas
laurence lawrence lorenz larry lorenzo laurent lars
leonard leonhard leo lenny leonardo len
ludwig louis luis lewis luigi lui lutz
magdalena madeleine lena magda maddy
manfred fred manni
margaret margarete margarethe maggie meg peggy grete gretel rita marga margit daisy margherita marguerite
maria mary marie mia mimi miriam maryam mariam marija
mark marcus markus marc marco marek marcos
martin marty martino
matthew matthias matt mathias mattias matteo mateo matze hias mathieu mateusz
maximilian max maxi massimiliano maxim maksim
michael mike mick michel miguel mikhail michele michal mischa micky mikael
mohammed muhammad mohamed mohammad mohamad muhammed mohd mehmet mehmed mahomet mo
natalie natalia natascha nathalie natasha
nicholas nikolaus nick nico niklas klaus claus nicolas nikolai nicola nils niels
omar umar omer
patricia pat patty tricia trish patrizia
patrick pat paddy
paul pablo paolo pavel pawel paulo pauly
peter pete pedro pierre piotr pjotr petr pietro petros
philipp philip phil felipe philippe filip filippo
rebecca rebekka becky becca
richard rick dick rich ricardo riccardo rico ricky
robert rob bob bobby robbie roberto bert robin
rudolf rudi rudolph rolf rudy
samuel sam sammy
sebastian basti bastian seb sebastien
stephen stefan steven steve stephan stephane stefano esteban steffen
stephanie steffi stefanie steph stefania
susan susanne susanna sue suzanne susi suse zuzanna
tatiana tatjana tanja tanya
theodor theo ted theodore fyodor fjodor teodoro
theresa teresa therese resi tess terry tessa
thomas tom tommy thom tomas tommaso
timothy tim timo
ulrich uli ulli
ulrike uli ulli rike
valentin valentino val
veronica veronika vroni vera
victor viktor vic vittorio
victoria viktoria vicky vicki
vincent vinzenz vince vincenzo vicente
walter walt wally gualtiero
wilhelm william bill will willi willy guillaume guglielmo billy wim liam guillermo
wladimir vladimir vova wolodymyr volodymyr
wolfgang wolf wolfi
xavier javier saverio xaver
yasmin jasmin jasmine yasmine
zacharias zachary zach zack
iulia julia yulia julija
dmitrii dmitry dmitri dimitri dmitrij
aleksei alexei alexey aleksej
sergei sergey sergej serge
andrei andrey andrej
nikolai nikolay nikolaj
evgenii evgeny eugen eugene jewgeni
iurii yuri jurij
iana yana jana
tatiana tatyana tatjana
ilia ilya ilja
kseniia ksenia xenia
mariia maria
nataliia natalia natalya
علي ali
عائشة aisha aicha ayesha aysha aischa
عائدة aida ayda
إيهاب ihab ehab
وفاء wafa wafaa
هالة hala
دعاء dua doaa
ضياء diya dia
عمر omar umar omer
هدى huda hoda houda
هدي huda hoda houda
نور nour nur noor
مي mai may
رانيا rania raniya
سامي sami samy
دينا dina deena
ليلى layla leila laila leyla
ليلي layla leila laila leyla
هاني hani hany
مها maha
ايه aya ayah
هبه heba hiba
وائل wael wail
رضا reda rida reza
عيسي issa isa eissa
يحيي yahya yehia
لولو lulu loulou
رامي rami ramy
ابو abu abou
ايمن ayman aiman
امل amal
علا ola
"""

_PAIRS = """
alexander alexandra alexandre | andreas andrea andre andree | anna hanna hannah | anton antonia antonio | carl carla karla
carlo carla carol | christian christiane christina christine christin christa | daniel daniela danielle | denis denise
dominik dominika dominique | emil emilia emily emilie | erik erika eric erica | fabian fabienne | franz franziska franzi
francesco francesca | frederic frederike | gabriel gabriele gabriela gabrielle | georg georgia | gerald geraldine
hans hanna hannah hanne | heinrich heinrike | henri henriette henrike | jan jana jane | jean jeanne jeannette | joan john
johann johanna johannes | josef josefa josefine | julian juliane juliana julia julie | karin karina karen | klaus claudia
laurent laura lauren laurence | lena lea leni | leo lea leon leonie | louis louise luis luisa luise | manuel manuela
marc marcus | mario maria marie marion marian | martin martina martine | max maxine | michael michaela michelle michele
michel michele michelle | mikhail michelle | nicola nicole nicolas nikola | nina nino | olaf olga | oliver olivia olivier
pascal pascale | patrick patricia patrizia | paul paula pauline paulina | peter petra | philipp philippa | pierre perrine
rafael rafaela | rene renate renee | robert roberta | roman romana romy | sara sarah lara | simon simone simona
stefan stefanie stefania stephan stephanie | stephane stephanie | sven svenja | thomas thomasina | tim tina timo
ursula ulla | valentin valentina | viktor viktoria victor victoria | vincent vincenza | wilhelm wilhelmine
"""
"""Given names that look alike and are two people's: brother and sister, husband and wife."""


def _read() -> Mapping[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(_GROUPS.split("\n")):
        for name in split_name(line).split():
            groups.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in groups.items()}


_BY_NAME = _read()
_GLIDES = ("iya", "ija", "iia")
_TWO_PEOPLE = frozenset(
    frozenset((left, other))
    for line in _PAIRS.replace("|", "\n").splitlines()
    for left in split_name(line).split()
    for other in split_name(line).split()
    if left != other
)


def _groups(name: str) -> frozenset[int]:
    """Return the groups of a name. Romanizations write the end of Мария, Юлия and others as iya, ija, iia or ia."""
    groups = _BY_NAME.get(name)
    if groups is None and name.endswith(_GLIDES):
        groups = _BY_NAME.get(name[:-3] + "ia")
    return groups or frozenset()


def are_variants(left: str, other: str) -> bool:
    """Return True if two given names, folded as `split_name` does, may be one.

    >>> are_variants("bill", "wilhelm"), are_variants("bill", "bob"), are_variants("yuliya", "julia")
    (True, False, True)
    """
    groups = _groups(left)
    return bool(groups) and not groups.isdisjoint(_groups(other))


def main_variant(name: str) -> str:
    """Return one name for all variants of a name, for blocks. Of a name in several groups, the first group counts.

    >>> main_variant("bill") == main_variant("wilhelm") != main_variant("bob")
    True
    """
    groups = _groups(name)
    return f"={min(groups)}" if groups else name


def are_two_names(left: str, other: str) -> bool:
    """Return True if two given names are alike and yet those of two people, such as Peter and Petra.

    >>> are_two_names("petra", "peter"), are_two_names("jon", "john")
    (True, False)
    """
    return frozenset((left, other)) in _TWO_PEOPLE
