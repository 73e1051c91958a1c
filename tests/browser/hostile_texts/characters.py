"""Characters that turn, hide, pile up or never end."""

from random import Random

from tests.browser.hostile_texts.kit import attack, tex, words


@attack
def bidi_marks(dice: Random) -> str:
    mark = dice.choice("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200f\u061c")
    end = dice.choice(["", "", "\u202c", "\u2069"])
    return f"{words(dice)} {mark * dice.choice([1, 3, 150])}x = 12 - 3 is right{end} {tex(dice, mark + 'a < b')}"


@attack
def zero_width(dice: Random) -> str:
    marks = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\U000e0041\u034f\u180e"
    return "".join(char + dice.choice(marks) * dice.choice([1, 1, 30]) for char in f"{words(dice)} $x=2$ {words(dice)}")


@attack
def controls(dice: Random) -> str:
    """All that PostgreSQL keeps of the two control blocks, and characters that are none."""
    odd = [
        *map(chr, range(1, 32)),
        *map(chr, range(127, 160)),
        "\ufffe",
        "\uffff",
        "\ufffd",
        "\u2028",
        "\ufff9",
        "\U0010ffff",
    ]
    return "".join(f"{word}{''.join(dice.sample(odd, 5))}" for word in words(dice).split()) + " \\u0000 \\0 %00 ␀"


@attack
def rtl_text(dice: Random) -> str:
    text = dice.choice(
        ["لدينا ٣ تفاحات", "נניח ש־x גדול מ־3", "مجموع الزوايا ١٨٠ درجة", "לכן התשובה היא", "ܫܠܡܐ", "ދިވެހި"]
    )
    return f"{text} {tex(dice, 'x^2 + 3 = 12')} (1 < 2), {words(dice, 3)} {text}. {text * dice.choice([1, 40])}"


@attack
def emoji(dice: Random) -> str:
    some = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏿", "🇩🇪", "1️⃣", "🧑🏽‍🚀", "❤️‍🔥", "🫠", "😀", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
    return "".join(dice.choices(some, k=dice.choice([3, 30, 900]))) + tex(dice, dice.choice(some))


@attack
def combining_marks(dice: Random) -> str:
    marks = [chr(code) for code in range(0x300, 0x36F)]
    return "".join(char + "".join(dice.choices(marks, k=dice.choice([5, 60]))) for char in words(dice)) + " $x̂̂̂̂̂̂̂$"


@attack
def wide_glyphs(dice: Random) -> str:
    return dice.choice(["﷽", "𒐫", "⸻", "ဪ", "꧅", "𰻞", "௵"]) * dice.choice([1, 9, 120])


@attack
def long_word(dice: Random) -> str:
    piece = dice.choice(["a", "W", "0", "_", "\u00a0x", "ﷺ", "/", "-", "=", "x\u2060"])
    return f"{words(dice, 2)} {piece * dice.choice([300, 2_000, 6_000])}"


@attack
def long_line(dice: Random) -> str:
    """A hundred thousand bytes without a line break."""
    piece = dice.choice([f"{words(dice)} ", "1+", "x ", "$a$ ", "<b>", "\\frac12 ", "é"])
    return (piece * 100_000)[: 100_000 // len(piece[0].encode())]


@attack
def white_space(dice: Random) -> str:
    return dice.choice(["\n", " ", "\t", "\u3000", "\r\n", "\x0b", "\u00a0", "\n\n \n"]) * dice.choice(
        [1, 50, 900]
    ) + dice.choice(["", "x", f"\n{words(dice)}"])
