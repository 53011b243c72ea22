"""People of a large event with planted duplicates, by a seed: families, twins, namesakes, assistants' addresses, several scripts.

A duplicate is a second registration of somebody as people make them: another address, no phone, a typing error, a short
form, names swapped, another script. Families and group bookings share addresses and are no duplicates.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import accumulate

_GIVEN = {
    "en": "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph"
    " Jessica Thomas Sarah Christopher Karen Charles Lisa Daniel Nancy Matthew Sandra Anthony Ashley Mark Emily Donald"
    " Kimberly Steven Margaret Andrew Donna Paul Michelle Joshua Carol Kenneth Amanda Kevin Melissa Brian Deborah Timothy"
    " Stephanie Ronald Rebecca Jason Sharon Edward Laura Jeffrey Cynthia Ryan Amy Jacob Kathleen Nicholas Angela Gary"
    " Shirley Eric Brenda Jonathan Emma Stephen Anna Larry Pamela Justin Nicole Scott Samantha Brandon Katherine Benjamin"
    " Christine Samuel Helen Gregory Debra Frank Rachel Alexander Carolyn Raymond Janet Patrick Maria Jack Olivia",
    "de": "Peter Ursula Wolfgang Maria Michael Petra Thomas Sabine Andreas Monika Klaus Susanne Stefan Claudia Jürgen"
    " Andrea Christian Stefanie Uwe Birgit Matthias Julia Bernd Karin Hans Katharina Frank Martina Markus Nicole Ulrich"
    " Gabriele Martin Heike Jan Anna Tobias Lena Florian Lea Jonas Sophie Lukas Hannah Felix Emma Maximilian Mia Paul"
    " Johanna Jörg Anke Dirk Silke Sven Katrin Torsten Anja Alexander Tanja Johannes Franziska Sebastian Melanie Philipp"
    " Jasmin Dominik Vanessa Günther Renate Günter Helga Horst Ingrid Dieter Elke Manfred Christa Rolf Gisela",
    "fr": "Jean Marie Pierre Nathalie Michel Isabelle Philippe Sylvie Alain Catherine Nicolas Françoise Christophe Martine"
    " Laurent Christine Frédéric Valérie David Sandrine Stéphane Véronique Julien Céline Thierry Sophie Éric Chloé Olivier"
    " Camille François Élodie Benoît Aurélie Hélène Zoë Gaëlle Loïc",
    "es": "Antonio María José Carmen Manuel Ana Francisco Isabel Juan Dolores David Pilar Javier Teresa Daniel Rosa Jesús"
    " Cristina Carlos Lucía Alejandro Marta Miguel Elena Rafael Raquel Pedro Sara Ángel Paula Pablo Laura Sergio Beatriz",
    "pl": "Piotr Anna Krzysztof Katarzyna Andrzej Małgorzata Tomasz Agnieszka Paweł Barbara Marcin Ewa Michał Magdalena"
    " Łukasz Joanna Grzegorz Aleksandra Jakub Monika Wojciech Zofia Stanisław Halina",
    "ar": "محمد فاطمة أحمد عائشة علي مريم خالد زينب عمر سارة يوسف ليلى حسين نور إبراهيم هدى مصطفى سلمى طارق أمينة كريم رانيا"
    " سامي دينا",
    "ar_latin": "Mohammed Fatima Ahmed Aisha Ali Maryam Khaled Zainab Omar Sara Youssef Layla Hussein Nour Ibrahim Huda"
    " Mustafa Salma Tarek Amina Karim Rania Sami Dina",
    "ru": "Александр Елена Сергей Ольга Дмитрий Наталья Андрей Татьяна Алексей Ирина Михаил Светлана Владимир Мария Николай"
    " Анна Иван Екатерина Павел Юлия",
}
_FAMILY = {
    "en": "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee Thompson White"
    " Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Carter Mitchell"
    " Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper"
    " Peterson Bailey Reed Kelly Howard Ward Cox Richardson Watson Brooks Wood Bennett Gray Hughes Price Myers Long Foster"
    " Sanders Ross O'Brien O'Connor McDonald Fitzgerald Lovelace Hawthorne",
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf"
    " Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann"
    " Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn"
    " Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon"
    " Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas",
    "fr": "Bernard Dubois Durand Moreau Laurent Lefèvre Leroy Roux Garnier Faure Rousseau Blanc Guérin Müller Henry Roussel"
    " Gauthier Perrin Morin Mathieu Clément Chevalier Dupont Lambert Bonnet François Mercier Legrand Fournier Girard",
    "es": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno"
    " Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina",
    "pl": "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski"
    " Jankowski Mazur Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski Król Wieczorek",
    "ar": "حسن علي محمود إبراهيم عبدالله سليمان منصور حداد خوري نجار صالح فارس بكر شريف قاسم مرعي",
    "ar_latin": "Hassan Ali Mahmoud Ibrahim Abdullah Suleiman Mansour Haddad Khoury Najjar Saleh Fares Bakr Sharif Kassem"
    " Marei",
    "ru": "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев"
    " Семёнов Егоров Павлов Козлов Степанов Николаев",
}
_SHARES = {"en": 30, "de": 34, "fr": 9, "es": 9, "pl": 7, "ar_latin": 5, "ar": 3, "ru": 3}
_BEGINNINGS = [
    "Al",
    "Ber",
    "Bran",
    "Cal",
    "Dor",
    "El",
    "Fal",
    "Gar",
    "Hal",
    "Ing",
    "Kal",
    "Lam",
    "Mar",
    "Nor",
    "Ol",
    "Per",
    "Quin",
    "Ras",
    "Sal",
    "Tor",
    "Ul",
    "Ver",
    "Wal",
    "Yor",
    "Zel",
    "Stan",
    "Grim",
    "Har",
    "Lin",
    "Mont",
    "Eich",
    "Stein",
    "Rosen",
    "Hohen",
    "Blum",
    "Kirch",
    "Neu",
    "Alt",
    "Ober",
    "Nieder",
    "Wester",
    "Oster",
    "Sander",
    "Winter",
]
_ENDS = [
    "berg",
    "mann",
    "stein",
    "feld",
    "son",
    "sen",
    "er",
    "ley",
    "ton",
    "ford",
    "wood",
    "well",
    "worth",
    "house",
    "field",
    "man",
    "dorf",
    "hoff",
    "bach",
    "hausen",
    "kamp",
    "burg",
    "thal",
    "au",
    "brock",
    "land",
    "ner",
    "ler",
    "ing",
    "ini",
    "elli",
    "otti",
    "escu",
    "ov",
    "ski",
    "ic",
    "akis",
    "ez",
]
_DOMAINS = [
    "gmail.com",
    "outlook.com",
    "gmx.de",
    "web.de",
    "yahoo.com",
    "icloud.com",
    "example.org",
    "posteo.de",
    "orange.fr",
    "wp.pl",
]
_SHORT = {
    "William": "Bill", "Robert": "Bob", "Elizabeth": "Liz", "Katherine": "Kate", "Michael": "Mike", "Thomas": "Tom",
    "Christopher": "Chris", "Alexander": "Alex", "Katharina": "Kathi", "Johannes": "Hans", "Ulrich": "Uli",
    "Sebastian": "Basti", "Maximilian": "Max", "Stefanie": "Steffi", "Susanne": "Susi", "Andreas": "Andi",
    "Matthew": "Matt", "Daniel": "Dan", "Joseph": "Joe", "Benjamin": "Ben", "Samuel": "Sam", "Nicholas": "Nick",
    "Philipp": "Phil", "Franziska": "Franzi", "Gabriele": "Gabi", "Matthias": "Hias", "Patricia": "Pat",
    "Deborah": "Debbie", "Jennifer": "Jenny", "Anthony": "Tony", "Timothy": "Tim", "Margaret": "Maggie",
}  # fmt: skip
_LATIN = {
    **dict(zip(_GIVEN["ar"].split(), _GIVEN["ar_latin"].split(), strict=True)),
    **dict(zip(_FAMILY["ar"].split(), _FAMILY["ar_latin"].split(), strict=True)),
    **dict(
        zip(
            _GIVEN["ru"].split(),
            [
                "Alexander",
                "Elena",
                "Sergei",
                "Olga",
                "Dmitry",
                "Natalia",
                "Andrei",
                "Tatiana",
                "Alexei",
                "Irina",
                "Mikhail",
                "Svetlana",
                "Vladimir",
                "Maria",
                "Nikolai",
                "Anna",
                "Ivan",
                "Ekaterina",
                "Pavel",
                "Julia",
            ],
            strict=True,
        )
    ),
    **dict(
        zip(
            _FAMILY["ru"].split(),
            [
                "Ivanov",
                "Smirnov",
                "Kuznetsov",
                "Popov",
                "Vasiliev",
                "Petrov",
                "Sokolov",
                "Mikhailov",
                "Novikov",
                "Fedorov",
                "Morozov",
                "Volkov",
                "Alekseev",
                "Lebedev",
                "Semenov",
                "Egorov",
                "Pavlov",
                "Kozlov",
                "Stepanov",
                "Nikolaev",
            ],
            strict=True,
        )
    ),
}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ö": "Oe", "Ü": "Ue", "Ä": "Ae"})
_BARE = str.maketrans("áéíóúñçèêëïôûâłńśźżąęćÁÉŁŁ", "aeiouñceeeiouałnszzaecAELL")
_NEIGHBOURS = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "u": "i",
    "n": "m",
    "m": "n",
    "t": "r",
    "r": "t",
    "s": "d",
}


@dataclass(frozen=True)
class PlantedPerson:
    """A registration. `original` is the id of the registration that it repeats; "": it is the first."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    extra: dict[str, str] = field(default_factory=dict)
    original: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the fields that are compared."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone": self.phone,
            "extra": self.extra,
        }


def planted_people(count: int, share: float = 0.01, seed: int = 13) -> list[PlantedPerson]:
    """Return `count` registrations in a mixed order, of which the `share` repeats another one."""
    maker = _Maker(random.Random(seed))
    duplicates = round(count * share)
    people = maker.people(count - duplicates)
    repeated = [maker.repeat(each) for each in maker.random.sample(people, duplicates)]
    everybody = people + repeated
    maker.random.shuffle(everybody)
    return everybody


def true_pairs(people: list[PlantedPerson]) -> set[tuple[str, str]]:
    """Return the pairs of ids that are one person, the smaller id first."""
    pairs = [sorted((each.id, each.original)) for each in people if each.original]
    return {(left, other) for left, other in pairs}


class _Maker:
    def __init__(self, source: random.Random) -> None:
        self.random = source
        self._number = 0
        self._addresses: set[str] = set()
        self._languages = list(_SHARES)
        self._first_names = {name: text.split() for name, text in _GIVEN.items()}
        self._family = {name: text.split() for name, text in _FAMILY.items()}
        self._zipf = {
            id(names): list(accumulate(1 / (rank + 8) for rank in range(len(names))))
            for names in (*self._first_names.values(), *self._family.values())
        }

    def people(self, count: int) -> list[PlantedPerson]:
        people: list[PlantedPerson] = []
        while len(people) < count:
            chance = self.random.random()
            if chance < 0.06:
                people += self._household()
            elif chance < 0.062:
                people += self._twins()
            elif chance < 0.065:
                people += self._group()
            else:
                people.append(self._person())
        return people[:count]

    def _pick(self, names: list[str]) -> str:
        return self.random.choices(names, cum_weights=self._zipf[id(names)])[0]

    def _person(self, language: str = "") -> PlantedPerson:
        chosen = language or self.random.choices(self._languages, weights=list(_SHARES.values()))[0]
        first = self._pick(self._first_names[chosen])
        if self.random.random() < 0.07 and chosen not in ("ar", "ru"):
            first += self.random.choice((" ", "-")) + self._pick(self._first_names[chosen])
        return self._with_contact(first, self._last(chosen), chosen)

    def _last(self, language: str) -> str:
        rare = language not in ("ar", "ru", "ar_latin") and self.random.random() < 0.6
        if not rare:
            return self._pick(self._family[language])
        middle = self.random.choice(("", "", "a", "e", "en", "er", "in", "o"))
        return self.random.choice(_BEGINNINGS) + middle + self.random.choice(_ENDS)

    def _with_contact(self, first: str, last: str, language: str) -> PlantedPerson:
        has_birth, has_email = self.random.random() < 0.3, self.random.random() < 0.93
        return PlantedPerson(
            self._id(),
            first,
            last,
            self._email(first, last) if has_email else None,
            self._phone(language) if self.random.random() < 0.75 or not has_email else None,
            {"birth_date": self._birth()} if has_birth else {},
        )

    def _household(self) -> list[PlantedPerson]:
        head = self._person()
        if " " in head.first_name or "-" in head.first_name:
            return [head]
        language = next(name for name in self._languages if head.first_name in self._first_names[name])
        members, names = [head], {head.first_name}
        for _ in range(self.random.choice((1, 1, 2, 3))):
            first = self._pick(self._first_names[language])
            if first in names:
                continue
            names.add(first)
            member = self._with_contact(first, head.last_name, language)
            if head.email and self.random.random() < 0.5:
                member = replace(member, email=head.email)
            if head.phone and self.random.random() < 0.7:
                member = replace(member, phone=head.phone)
            members.append(member)
        return members

    def _twins(self) -> list[PlantedPerson]:
        left = self._person("de")
        first = self._pick(self._first_names["de"])
        if first == left.first_name:
            return [left]
        return [left, replace(left, id=self._id(), first_name=first)]

    def _group(self) -> list[PlantedPerson]:
        """Return the people of a company, whom an assistant registers with one address and one phone."""
        domain = f"{self.random.choice(_BEGINNINGS)}{self.random.choice(_ENDS)}.example".lower()
        phone = self._phone("de")
        people = [self._person() for _ in range(self.random.randint(4, 18))]
        return [replace(each, email=f"events@{domain}", phone=phone) for each in people]

    def repeat(self, person: PlantedPerson) -> PlantedPerson:
        """Return a second registration of somebody."""
        random_ = self.random
        again = replace(person, id=self._id(), original=person.id)
        if random_.random() < 0.01:  # nothing but the name is the same
            return replace(
                again, email=self._email(person.first_name, person.last_name, "2"), phone=None, extra={}
            )
        changes: list[tuple[float, Callable[[PlantedPerson], PlantedPerson]]] = [
            (0.15, lambda each: replace(each, first_name=self._typo(each.first_name))),
            (0.18, lambda each: replace(each, last_name=self._typo(each.last_name))),
            (0.15, lambda each: replace(each, first_name=_short_form(each.first_name))),
            (0.06, lambda each: replace(each, first_name=each.last_name, last_name=each.first_name)),
            (0.50, _in_latin),
            (0.06, lambda each: replace(each, first_name=f"{each.first_name} {random_.choice('ABEJMPS')}.")),
            (0.05, lambda each: replace(each, first_name=f"{each.first_name[0]}.")),
            (0.03, lambda each: replace(each, last_name=self._last("de"))),
            (
                0.03,
                lambda each: replace(
                    each, first_name=each.first_name.upper(), last_name=each.last_name.upper()
                ),
            ),
            (0.50, lambda each: replace(each, extra={})),
        ]
        for chance, change in changes:
            if random_.random() < chance:
                again = change(again)
        return self._other_contact(again)

    def _other_contact(self, again: PlantedPerson) -> PlantedPerson:
        """Change mail or phone, never both: who differs in both is known by the name alone, if at all."""
        chance = self.random.random()
        if again.phone and (chance < 0.35 or not again.email):
            again = replace(again, email=self._email(again.first_name, again.last_name, "x"))
        elif again.email and chance < 0.45:
            again = replace(again, email=_mistyped(again.email, self._typo)) if again.phone else again
        elif again.email and chance < 0.75:
            again = replace(again, phone=None if chance < 0.62 else self._phone("de"))
        if again.phone:
            again = replace(again, phone=self._rewritten(again.phone))
        if again.email and self.random.random() < 0.1:
            again = replace(again, email=again.email.upper())
        return again

    # --- parts ------------------------------------------------------------------------------------

    def _id(self) -> str:
        self._number += 1
        return f"p{self.random.getrandbits(40):010x}{self._number:07d}"

    def _email(self, first: str, last: str, extra: str = "") -> str:
        left, other = _ascii(first).split()[0] if _ascii(first) else "guest", _ascii(last).replace(" ", "")
        number = str(self.random.randint(1, 9999)) if self.random.random() < 0.6 else ""
        form = self.random.choice(("{f}.{l}{n}", "{f}{l}{n}", "{i}.{l}{n}", "{l}{n}", "{f}{n}", "{f}_{l}{n}"))
        local = form.format(f=left, l=other or "x", i=left[0], n=number or str(self.random.randint(1, 99999)))
        address = f"{local}{extra}@{self.random.choice(_DOMAINS)}"
        if address in self._addresses:  # a provider gives an address to one person
            return self._email(first, last, f"{extra}{self.random.randint(1, 999)}")
        self._addresses.add(address)
        return address

    def _phone(self, language: str) -> str:
        code, length = {"en": ("44", 10), "fr": ("33", 9), "es": ("34", 9), "pl": ("48", 9)}.get(
            language, ("49", 10)
        )
        return f"+{code}{self.random.randint(10 ** (length - 1), 10**length - 1)}"

    def _rewritten(self, phone: str) -> str:
        code, rest = phone[1:3], phone[3:]
        return self.random.choice(
            (phone, f"+{code} {rest[:3]} {rest[3:]}", f"00{code}{rest}", f"+{code} (0){rest[:3]}/{rest[3:]}")
        )

    def _birth(self) -> str:
        return f"{self.random.randint(1945, 2008)}-{self.random.randint(1, 12):02d}-{self.random.randint(1, 28):02d}"

    def _typo(self, text: str) -> str:
        if len(text) < 4:
            return text
        at = self.random.randrange(1, len(text) - 1)
        kind = self.random.randrange(4)
        if kind == 0:
            return text[:at] + text[at + 1 :]
        if kind == 1:
            return text[:at] + text[at] + text[at:]
        if kind == 2:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text[:at] + _NEIGHBOURS.get(text[at], "e") + text[at + 1 :]


def _short_form(first: str) -> str:
    return _SHORT.get(first, first)


def _in_latin(person: PlantedPerson) -> PlantedPerson:
    """Write a name as somebody does whose keyboard has no other letters."""
    return replace(person, first_name=_plain(person.first_name), last_name=_plain(person.last_name))


def _plain(name: str) -> str:
    return _LATIN.get(name, name).translate(_UMLAUTS).translate(_BARE)


def _ascii(name: str) -> str:
    plain = _plain(name).lower().replace("-", " ")
    return "".join(each for each in plain if (each.isalnum() and each.isascii()) or each == " ").strip()


def _mistyped(email: str, typo: Callable[[str], str]) -> str:
    local, _, domain = email.partition("@")
    return f"{typo(local)}@{domain}"
