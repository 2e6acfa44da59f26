"""English inflection, both sides of an entry alike: "struggle: war" also serves "struggles".

Rules for the regular forms, a table for the irregular ones; where a verb has two pasts, both are
listed. A form that does not exist does no harm: it matches nothing.
"""

from __future__ import annotations

_IRREGULAR_VERBS = """
arise arose arisen|awake awoke awoken|be was,were been|bear bore borne|beat beat beaten|become became become|begin began begun
bend bent bent|bet bet bet|bid bid bid|bind bound bound|bite bit bitten|bleed bled bled|blow blew blown|break broke broken
breed bred bred|bring brought brought|broadcast broadcast broadcast|build built built|burn burned,burnt burned,burnt|burst burst burst
buy bought bought|cast cast cast|catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost|creep crept crept
cut cut cut|deal dealt dealt|dig dug dug|dive dived,dove dived|do did done|draw drew drawn|dream dreamed,dreamt dreamed,dreamt|drink drank drunk
drive drove driven|dwell dwelt,dwelled dwelt,dwelled|eat ate eaten|fall fell fallen|feed fed fed|feel felt felt|fight fought fought|find found found
fit fitted,fit fitted,fit|flee fled fled|fling flung flung|fly flew flown|forbid forbade forbidden|forecast forecast forecast|foresee foresaw foreseen|forget forgot forgotten
forgive forgave forgiven|freeze froze frozen|get got got,gotten|give gave given|go went gone|grind ground ground|grow grew grown
hang hung hung|have had had|hear heard heard|hide hid hidden|hit hit hit|hold held held|hurt hurt hurt|keep kept kept|kneel knelt knelt
know knew known|lay laid laid|lead led led|lean leaned,leant leaned,leant|leap leaped,leapt leaped,leapt|learn learned,learnt learned,learnt|leave left left
lend lent lent|let let let|lie lay lain|light lit lit|lose lost lost|make made made|mean meant meant|meet met met|mislead misled misled
mistake mistook mistaken|misunderstand misunderstood misunderstood|outdo outdid outdone|overcome overcame overcome|oversee oversaw overseen
overtake overtook overtaken|overthrow overthrew overthrown|pay paid paid|prove proved proved,proven|put put put|quit quit quit|read read read
rebuild rebuilt rebuilt|rid rid rid|ride rode ridden|ring rang rung|rise rose risen|run ran run|saw sawed sawn|say said said|see saw seen|seek sought sought
sell sold sold|send sent sent|set set set|sew sewed sewn|shake shook shaken|shed shed shed|shine shone,shined shone,shined|shoot shot shot|show showed shown,showed
shrink shrank shrunk|shut shut shut|sing sang sung|sink sank sunk|sit sat sat|sleep slept slept|slide slid slid|smell smelled,smelt smelled,smelt
sow sowed sown|speak spoke spoken|speed sped,speeded sped,speeded|spell spelled,spelt spelled,spelt|spend spent spent|spill spilled,spilt spilled,spilt|spin spun spun
spit spat spat|split split split|spoil spoiled,spoilt spoiled,spoilt|spread spread spread|spring sprang sprung|stand stood stood|steal stole stolen
stick stuck stuck|sting stung stung|stride strode stridden|strike struck struck|string strung strung|strive strove striven|swear swore sworn
sweep swept swept|swell swelled swollen|swim swam swum|swing swung swung|take took taken|teach taught taught|tear tore torn|tell told told
think thought thought|throw threw thrown|thrust thrust thrust|tread trod trodden|undergo underwent undergone|understand understood understood
undertake undertook undertaken|undo undid undone|uphold upheld upheld|upset upset upset|wake woke woken|wear wore worn|weave wove woven|weep wept wept
win won won|wind wound wound|withdraw withdrew withdrawn|withhold withheld withheld|withstand withstood withstood|wring wrung wrung|write wrote written
rewrite rewrote rewritten|redo redid redone|overdo overdid overdone|remake remade remade|retell retold retold|undercut undercut undercut|input input input|offset offset offset
outgrow outgrew outgrown|overhear overheard overheard|override overrode overridden|unwind unwound unwound|slay slew slain|bestow bestowed bestowed|reset reset reset
"""
_IRREGULAR_NOUNS = """
man men|woman women|child children|person people,persons|foot feet|tooth teeth|goose geese|mouse mice|ox oxen|life lives|wife wives|knife knives|leaf leaves
half halves|self selves|shelf shelves|thief thieves|loaf loaves|wolf wolves|calf calves|elf elves|crisis crises|analysis analyses|basis bases
thesis theses|hypothesis hypotheses|diagnosis diagnoses|emphasis emphases|synthesis syntheses|axis axes|oasis oases|criterion criteria|phenomenon phenomena
datum data|medium media,mediums|bacterium bacteria|curriculum curricula|stratum strata|nucleus nuclei|stimulus stimuli|radius radii|fungus fungi|alumnus alumni
appendix appendices|index indices,indexes|matrix matrices|vertex vertices|species species|series series|sheep sheep|fish fish|deer deer|aircraft aircraft
spacecraft spacecraft|offspring offspring|means means|headquarters headquarters|folk folks,folk|people people,peoples|spokesman spokesmen|chairman chairmen|policeman policemen
fireman firemen|gentleman gentlemen|businessman businessmen|congressman congressmen|salesman salesmen|postman postmen|spokeswoman spokeswomen|policewoman policewomen
grandchild grandchildren|hero heroes|potato potatoes|tomato tomatoes|echo echoes|veto vetoes|torpedo torpedoes|volcano volcanoes|cargo cargoes,cargos
"""
# Nouns without a plural of their own: "equipments" is no word an author wrote.
_UNCOUNTABLE = frozenset(
    """advice aid air ammunition anger assistance attention baggage beauty behavior behaviour bread butter cash clothing coal confidence content
    corn cotton data democracy dirt dust education electricity energy entertainment enthusiasm environment equipment evidence everything everyone expertise
    food fun furniture gas gasoline gear gold grass happiness harm health heat help history homework honesty housing humor ice information infrastructure intelligence
    internet jewelry justice knowledge labor laundry leadership legislation leisure literature luck luggage lunchtime machinery mail marketing math media metal milk money
    motivation mud music news nothing nutrition oxygen patience peace politics pollution poverty privacy progress publicity rain research rice safety sand scenery security shopping significance
    silver sleep slang smoke snow software spaghetti staff steel stuff sugar sunshine terrorism tourism traffic training transportation travel trash trouble unemployment violence
    warfare warmth water wealth weather welfare wheat wildlife wood work youth accommodation cybersecurity hardware malware merchandise personnel""".split()
)
_DOUBLING = frozenset(
    """admit begin commit compel concur confer control defer deter dispel emit equip excel expel forget incur infer kidnap occur omit outfit patrol permit prefer program
    propel rebel recur refer regret remit submit transfer transmit unplug upset worship format handicap overlap""".split()
)
_NO_DOUBLING = frozenset("bus gas".split())
_VOWELS = frozenset("aeiou")
_LONG_COMPARE = frozenset("real right wrong just fun ill like sure own due bored tired scared shared proud".split())
_IRREGULAR_DEGREES = {
    "good": ("better", "best"), "well": ("better", "best"), "bad": ("worse", "worst"), "far": ("further", "furthest"),
    "little": ("less", "least"), "much": ("more", "most"), "many": ("more", "most"),
}  # fmt: skip


def _table(rows: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    out = {}
    for row in rows.replace("\n", "|").split("|"):
        if row.strip():
            base, *forms = row.split()
            out[base] = tuple(tuple(f.split(",")) for f in forms)
    return out


_VERBS = _table(_IRREGULAR_VERBS)
_NOUNS = _table(_IRREGULAR_NOUNS)


def _syllables(word: str) -> int:
    groups, before = 0, False
    for letter in word:
        vowel = letter in _VOWELS or letter == "y"
        groups += vowel and not before
        before = vowel
    return groups - (word.endswith("e") and not word.endswith("le") and groups > 1)


def _doubles(word: str) -> bool:
    """Whether the last consonant doubles before a vowel: stop, stopped."""
    if word in _DOUBLING:
        return True
    if len(word) < 3 or word in _NO_DOUBLING or word[-1] in _VOWELS or word[-1] in "wxy":
        return False
    return (word[-2] in _VOWELS and word[-3] not in _VOWELS and _syllables(word) == 1) or (
        len(word) > 3 and word[-3:-1] == "ui" and word[-4] == "q"
    )


def _add_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + ("zes" if word.endswith("z") and not word.endswith("zz") and _syllables(word) == 1 else "es")
    if word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def plurals(noun: str) -> tuple[str, ...]:
    """Return the plurals of a noun, most usual first; none for uncountable nouns."""
    if noun in _NOUNS:
        return _NOUNS[noun][0]
    if noun in _UNCOUNTABLE or noun.endswith(("ness", "ing's")):
        return ()
    # "days", "facts": a plural already; "gas", "lens" and the like are not
    if (
        noun.endswith("s")
        and not noun.endswith(("ss", "us", "is"))
        and noun not in ("gas", "lens", "bias", "canvas", "atlas", "alias", "iris")
    ):
        return ()
    if noun.endswith(("sman", "swoman")) or noun.endswith("woman"):
        return (noun[:-3] + "men",)
    return (_add_s(noun),)


def verb_forms(verb: str) -> dict[str, tuple[str, ...]]:
    """Return the forms of a verb by name: "base", "s", "ing", "past", "participle"."""
    if verb == "be":
        return {"base": ("be",), "s": ("is",), "ing": ("being",), "past": ("was", "were"), "participle": ("been",)}
    if verb == "have":
        return {"base": ("have",), "s": ("has",), "ing": ("having",), "past": ("had",), "participle": ("had",)}
    third = {"do": "does", "go": "goes", "undergo": "undergoes"}.get(verb) or _add_s(verb)
    if verb.endswith("o") and verb not in ("do", "go", "undergo"):
        third = verb + "es" if verb in ("veto", "echo", "redo", "undo", "outdo", "overdo", "forgo") else verb + "s"
    if verb.endswith("ie"):
        ing = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb not in ("singe",):
        ing = verb[:-1] + "ing"
    elif _doubles(verb):
        ing = verb + verb[-1] + "ing"
    elif verb.endswith("ic"):
        ing = verb + "king"
    else:
        ing = verb + "ing"
    if verb in _VERBS:
        past, participle = _VERBS[verb]
    else:
        if verb.endswith("e"):
            regular = verb + "d"
        elif verb.endswith("y") and len(verb) > 1 and verb[-2] not in _VOWELS:
            regular = verb[:-1] + "ied"
        elif _doubles(verb):
            regular = verb + verb[-1] + "ed"
        elif verb.endswith("ic"):
            regular = verb + "ked"
        else:
            regular = verb + "ed"
        past = participle = (regular,)
    return {"base": (verb,), "s": (third,), "ing": (ing,), "past": past, "participle": participle}


def degrees(adjective: str) -> tuple[str, str]:
    """Return comparative and superlative of an adjective or adverb."""
    if adjective in _IRREGULAR_DEGREES:
        return _IRREGULAR_DEGREES[adjective]
    short = _syllables(adjective) == 1 or (_syllables(adjective) == 2 and adjective.endswith(("y", "le", "ow")))
    if (
        " " in adjective or not short or adjective in _LONG_COMPARE
        or (adjective.endswith(("ed", "ing", "ly")) and len(adjective) > 5 and adjective not in ("early", "friendly", "lovely", "ugly", "lonely"))
    ):  # fmt: skip
        return f"more {adjective}", f"most {adjective}"
    if adjective.endswith("e"):
        stem = adjective[:-1]
    elif adjective.endswith("y") and adjective[-2:-1] not in _VOWELS:
        stem = adjective[:-1] + "i"
    elif _doubles(adjective):
        stem = adjective + adjective[-1]
    else:
        stem = adjective
    return stem + "er", stem + "est"


_HEAD_BEFORE = frozenset("of in for to with at on from by".split())


def noun_phrase_plurals(phrase: str) -> tuple[str, ...]:
    """Return the plurals of a noun phrase: its last word, or the word before a preposition, inflects."""
    words = phrase.split(" ")
    head = len(words) - 1
    for i, word in enumerate(words):
        if i and word in _HEAD_BEFORE:
            head = i - 1
            break
    # "sensor data", "Wall Street": a name has no plural
    if words[head][:1].isupper():
        return ()
    return tuple(" ".join([*words[:head], p, *words[head + 1 :]]) for p in plurals(words[head]))


def verb_phrase_forms(phrase: str) -> dict[str, tuple[str, ...]]:
    """Return the forms of a verb phrase: its first word inflects."""
    first, _, rest = phrase.partition(" ")
    tail = f" {rest}" if rest else ""
    return {name: tuple(f + tail for f in forms) for name, forms in verb_forms(first).items()}


def inflected_pairs(pos: str, spun: str, original: str) -> list[tuple[str, str]]:
    """Return all (spun form, original form) pairs of a lemma pair; the lemma pair itself first.

    >>> inflected_pairs("noun", "struggle", "war")
    [('struggle', 'war'), ('struggles', 'wars')]
    """
    pairs = [(spun, original)]
    if pos == "noun":
        # "informations" for "data": spinners make plurals that no author has, never the reverse
        originals = noun_phrase_plurals(original) or ((original,) if noun_phrase_plurals(spun) else ())
        pairs += [(s, o) for s in noun_phrase_plurals(spun) for o in originals]
    elif pos == "verb":
        left, right = verb_phrase_forms(spun), verb_phrase_forms(original)
        for form in ("s", "ing", "past", "participle"):
            pairs += [(s, o) for s in left[form] for o in right[form]]
    elif pos in ("adjective", "adverb"):
        for s, o in zip(degrees(spun), degrees(original)):
            if not (s.startswith("mo") and " " in s and o.startswith("mo") and " " in o):
                pairs.append((s, o))
    return list(dict.fromkeys(pairs))


# Vowel letters that sound as consonants (university, European, one, UFO) and the other way round.
_CONSONANT_START = ("uni", "use", "usa", "usu", "uti", "eu", "ubi", "ura", "ufo", "once", "u.")
_VOWEL_AFTER_ALL = ("unin", "unim", "uniden")  # uninteresting, unimportant, unidentified
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")
_SPELLED_WITH_VOWEL = frozenset("aefhilmnorsx")  # an F, an M, but a U


def article_for(word: str) -> str:
    """Return "a" or "an", as it stands before `word`."""
    low = word.lower()
    if not low:
        return "a"
    if low[0].isdigit():
        digits = low.split(",")[0].split(".")[0].rstrip("thsndr%")
        return "an" if low[0] == "8" or digits in ("11", "18") else "a"
    if len(word) > 1 and word.isupper() and (len(word) < 4 or not set(low) & _VOWELS):
        return "an" if low[0] in _SPELLED_WITH_VOWEL else "a"  # an MRI, a UN, a TV; NATO is a word
    if low.startswith(_SILENT_H):
        return "an"
    first = low.split("-")[0].split(" ")[0]
    if first == "one" or (low.startswith(_CONSONANT_START) and not low.startswith(_VOWEL_AFTER_ALL)):
        return "a"
    return "an" if low[0] in _VOWELS else "a"
