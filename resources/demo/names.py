"""Names as people have them: accents, umlauts, apostrophes, hyphens, other scripts, one-letter and long ones."""

# ruff: noqa: RUF001 - letters that look alike are the point
# fmt: off - one line a language

_ARABIC = (
    ("محمد", "فاطمة", "عبد الرحمن", "ليلى", "يوسف", "مريم"),
    ("الحسيني", "بن علي", "حدّاد", "المصري", "العمري", "خوري"),
)
_CHINESE = (("伟", "秀英", "子涵", "宇航", "丽", "志强"), ("王", "李", "欧阳", "张", "陈", "刘"))
_CZECH = (
    ("Jiří", "Zdeňka", "Tomáš", "Věra", "Ondřej", "Kateřina"),
    ("Dvořák", "Nováková", "Svěrák", "Šťastný", "Černá", "Růžička"),
)
_DUTCH = (
    ("Joost", "Femke", "Maarten", "Ilse", "Sjoerd", "Noor"),
    ("van der Berg", "de Jong", "Dijkstra", "'t Hooft", "van 't Hof", "Bakker"),
)
_ENGLISH = (
    ("Ada", "Grace", "Alan", "Mary-Jane", "Oliver", "Siobhan"),
    ("Lovelace", "O'Neill", "Turing", "Smith-Jones", "Ng", "Featherstonehaugh"),
)
_FRENCH = (
    ("Jean-François", "Zoé", "Éloïse", "Benoît", "Hélène", "Loïc"),
    ("Lefèvre", "d'Arc", "Étienne", "Çelik-Dubois", "Bélanger", "L'Hôpital"),
)
_GERMAN = (
    ("Jürgen", "Käthe", "Björn", "Annegret", "Götz", "Heike"),
    ("Müller", "Groß", "Schäfer-Weiß", "von und zu Löwenstein", "Öztürk", "Strauß"),
)
_GREEK = (
    ("Γιώργος", "Ελένη", "Δημήτρης", "Σοφία", "Νίκος", "Αθηνά"),
    ("Παπαδόπουλος", "Νικολάου", "Οικονόμου", "Γεωργίου", "Βασιλείου", "Ιωάννου"),
)
_HEBREW = (("דוד", "רחל", "יוסף", "מרים", "נועם", "תמר"), ("כהן", "לוי", "בן-דוד", "מזרחי", "פרץ", "אזולאי"))
_HINDI = (
    ("आरव", "प्रिया", "रोहन", "अनन्या", "विक्रम", "दीपिका"),
    ("शर्मा", "पटेल", "सिंह", "गुप्ता", "अय्यर", "चौधरी"),
)
_HUNGARIAN = (
    ("László", "Zsófia", "Győző", "Ágnes", "Ödön", "Tünde"),
    ("Nagy", "Szőke", "Kovács", "Tóth", "Erdős", "Gödöllői"),
)
_ICELANDIC = (
    ("Björk", "Þór", "Guðrún", "Ægir", "Sigríður", "Hjörtur"),
    ("Guðmundsdóttir", "Þórsson", "Jónsdóttir", "Sigurðsson", "Ólafsdóttir", "Einarsson"),
)
_JAPANESE = (
    ("さくら", "健太", "陽子", "翔", "美咲", "ジョン"),
    ("佐藤", "髙橋", "渡邊", "伊藤", "山本", "小鳥遊"),
)
_KOREAN = (("민준", "서연", "지우", "하은", "도윤", "수빈"), ("김", "이", "박", "남궁", "최", "정"))
_POLISH = (
    ("Łukasz", "Małgorzata", "Żaneta", "Wojciech", "Agnieszka", "Zdzisław"),
    ("Wiśniewski", "Kowalczyk", "Dąbrowska", "Brzęczyszczykiewicz", "Wójcik", "Lewandowska"),
)
_PORTUGUESE = (
    ("João", "Inês", "Conceição", "Antônio", "Luísa", "Simão"),
    ("Gonçalves", "da Conceição", "Magalhães", "Araújo", "Simões", "Fernandes"),
)
_RUSSIAN = (
    ("Анна", "Дмитрий", "Ольга", "Алексей", "Наталья", "Фёдор"),
    ("Иванова", "Кузнецов", "Щербакова", "Ёлкин", "Чайковский", "Соловьёва"),
)
_SPANISH = (
    ("José", "Begoña", "Íñigo", "María del Carmen", "Ángel", "Lucía"),
    ("Núñez", "García Márquez", "Ibáñez", "de la Peña", "Muñoz", "Ordóñez"),
)
_SWEDISH = (
    ("Åsa", "Göran", "Märta", "Åke", "Linnéa", "Bo"),
    ("Ångström", "Sjöberg", "Öberg", "Lindström", "Nyström", "Ek"),
)
_THAI = (
    ("สมชาย", "กัญญา", "ธนพล", "สุภาพร", "อนันต์", "พิมพ์ชนก"),
    ("ศรีสุข", "จันทร์เพ็ญ", "วงศ์สวัสดิ์", "ทองดี", "แสงทอง", "รัตนากร"),
)
_TURKISH = (
    ("Ayşe", "İbrahim", "Çağla", "Ömer", "Gülşen", "Işıl"),
    ("Yıldız", "Şahin", "Öztürk", "Çelik", "Güneş", "Işık"),
)
_UKRAINIAN = (
    ("Олена", "Андрій", "Соломія", "Ївга", "Богдан", "Ганна"),
    ("Шевченко", "Коваленко", "Ґалаґан", "Бойко", "Лисенко", "Єфименко"),
)
_VIETNAMESE = (
    ("Thị Hương", "Văn Đức", "Ngọc Ánh", "Quốc Bảo", "Thùy Linh", "Hữu Phước"),
    ("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Võ"),
)
# fmt: on

PEOPLE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    _ARABIC,
    _CHINESE,
    _CZECH,
    _DUTCH,
    _ENGLISH,
    _FRENCH,
    _GERMAN,
    _GREEK,
    _HEBREW,
    _HINDI,
    _HUNGARIAN,
    _ICELANDIC,
    _JAPANESE,
    _KOREAN,
    _POLISH,
    _PORTUGUESE,
    _RUSSIAN,
    _SPANISH,
    _SWEDISH,
    _THAI,
    _TURKISH,
    _UKRAINIAN,
    _VIETNAMESE,
)
"""(given names, family names), one pair a language."""
