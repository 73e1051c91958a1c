"""Commands of TeX: links and attributes, macros, nesting, and what is drawn beside its place."""

from random import Random

from tests.browser.hostile_texts.kit import attack, call, tex, words


@attack
def href_javascript(dice: Random) -> str:
    run = call(dice).replace("`", "'")
    command = dice.choice(
        [
            f"\\href{{javascript:{run}}}{{x}}",
            f"\\url{{javascript:{run}}}",
            f"\\href{{JaVaScRiPt:{run}}}{{\\text{{go}}}}",
            f"\\href{{data:text/html,<script>{run}</script>}}{{x}}",
            "\\href{//evil.example}{\\boxed{9}}",
            f"\\href{{\tjavascript:{run}}}{{x}}",
        ]
    )
    return tex(dice, command)


@attack
def html_commands(dice: Random) -> str:
    run = call(dice).replace("`", "'")
    command = dice.choice(
        [
            f"\\htmlData{{part=submit, x={run}}}{{y}}",
            f"\\htmlData{{onclick={run}}}{{y}}",
            "\\htmlId{page-config}{y}",
            "\\htmlClass{dialog action-bar}{y}",
            "\\htmlStyle{position:fixed; inset:0; background:red}{y}",
            "\\htmlId{why}{\\htmlClass{visually-hidden}{y}}",
            "\\htmlStyle{}{y}",
        ]
    )
    return tex(dice, command)


@attack
def include_graphics(dice: Random) -> str:
    options = dice.choice(["", "[height=99em]", "[width=900em, totalheight=900em]", "[alt=<b>x</b>]"])
    target = dice.choice(
        ["//evil.example/seen.png", "data:image/svg+xml,<svg onload=hostile(1)>", "javascript:hostile(1)"]
    )
    return tex(dice, f"\\includegraphics{options}{{{target}}}")


@attack
def unclosed_braces(dice: Random) -> str:
    piece = dice.choice(
        ["{", "\\frac{1}{", "\\sqrt[3}{", "\\text{", "x^{", "\\left(", "\\begin{matrix}", "}", "\\right)"]
    )
    return tex(dice, words(dice, 1) + piece * dice.choice([1, 2, 40, 400]))


@attack
def unclosed_maths(dice: Random) -> str:
    opener = dice.choice(["$", "$$", "\\(", "\\[", "\\begin{align}", "\\boxed{", "$$$", "\\)\\(", "\\]", "$\\$"])
    return f"{words(dice)} {opener} {words(dice)} x^2 {dice.choice(['', opener[::-1], '$', chr(92)])}"


@attack
def many_openers(dice: Random) -> str:
    """Against a reader whose time grows with the square of the length."""
    piece = dice.choice(
        ["$", "\\(", "\\[", "\\boxed{", "\\begin{align}", "$1", "\\", "\\\\", "{", "$$x", "<<1", "`", "\\$"]
    )
    return piece * dice.choice([50, 500, 5_000])


@attack
def macro_bomb(dice: Random) -> str:
    definition = dice.choice(
        [
            "\\def\\a{\\a\\a}\\a",
            "\\def\\a#1{\\a{#1#1}}\\a{x}",
            "\\newcommand{\\a}{\\b}\\newcommand{\\b}{\\a}\\a",
            "\\gdef\\frac{\\text{stolen}}\\frac12",
            "\\let\\x\\frac\\def\\frac{\\x\\frac}\\frac12",
            "\\def\\a{xxxxxxxxxx}\\def\\b{\\a\\a\\a\\a\\a\\a\\a\\a}\\def\\c{\\b\\b\\b\\b\\b\\b\\b\\b}\\c\\c\\c\\c\\c\\c",
            "\\edef\\a{\\a x}\\a",
            "\\renewcommand{\\boxed}[1]{}\\boxed{9}",
            "\\global\\def\\cdot{=}2 \\cdot 2",
        ]
    )
    return tex(dice, definition)


@attack
def nested_environments(dice: Random) -> str:
    depth = dice.choice([2, 5, 12, 40])
    name = dice.choice(["matrix", "pmatrix", "cases", "aligned", "array}{c", "gathered"])
    close = name.split("}", maxsplit=1)[0]
    return tex(dice, f"\\begin{{{name}}}" * depth + "x & y \\\\ z" + f"\\end{{{close}}}" * depth)


@attack
def deep_nesting(dice: Random) -> str:
    depth = dice.choice([10, 60, 300, 900])
    opening, closing = dice.choice(
        [
            ("{", "}"),
            ("x^{", "}"),
            ("\\sqrt{", "}"),
            ("\\frac{1}{", "}"),
            ("\\left(", "\\right)"),
            ("\\Huge{", "}"),
            ("\\overline{", "}"),
            ("\\text{$", "$}"),
            ("\\boxed{", "}"),
            ("\\underbrace{", "}"),
        ]
    )
    return tex(dice, opening * depth + "1" + closing * depth)


@attack
def wide_formula(dice: Random) -> str:
    return tex(
        dice,
        dice.choice(
            [
                "+".join(f"a_{{{at}}}" for at in range(dice.choice([60, 300]))),
                "\\hspace{9999em}x",
                "\\kern9999em x",
                "\\rule{9999em}{1em}",
                "x" * dice.choice([300, 3_000]),
                "\\underbrace{" + "x+" * 200 + "1}_{\\text{" + words(dice, 40) + "}}",
                "\\begin{matrix}" + "&".join("1" for _ in range(120)) + "\\end{matrix}",
                "\\xrightarrow{" + "long" * 200 + "}",
                "\\overrightarrow{" + "AB" * 300 + "}",
            ]
        ),
    )


@attack
def out_of_its_box(dice: Random) -> str:
    """Moves what it draws over its neighbours."""
    return tex(
        dice,
        dice.choice(
            [
                "\\raisebox{40em}{\\Huge A}",
                "\\raisebox{-40em}{\\Huge B}",
                "\\rule{30em}{60em}",
                "\\rule[-60em]{9em}{60em}",
                "\\llap{\\Huge" + "W" * 80 + "}",
                "\\rlap{\\Huge" + "W" * 80 + "}",
                "\\hspace{-60em}\\Huge C",
                "\\smash{\\rule{3em}{90em}}",
                "\\mathllap{\\rule{60em}{3em}}",
                "\\kern-60em\\colorbox{red}{D}",
                "\\vphantom{\\rule{1em}{300em}}x",
                "\\smash{\\raisebox{9em}{E}}\\mkern-900mu F",
            ]
        ),
    )


@attack
def colour_and_size(dice: Random) -> str:
    return tex(
        dice,
        dice.choice(
            [
                "\\color{white} hidden",
                "\\textcolor{#fff}{hidden}",
                "\\colorbox{black}{\\color{black}x}",
                "\\phantom{all}",
                "\\color{red;position:fixed}x",
                "\\color{url(//evil.example)}x",
                "\\fcolorbox{red}{blue}{x}",
                "\\tiny small",
                "\\Huge\\Huge\\Huge large",
                "\\color{#12345}x",
                "\\color{expression(hostile(1))}x",
            ]
        ),
    )


@attack
def odd_commands(dice: Random) -> str:
    return dice.choice(
        [
            "$\\verb|<script>hostile(1)</script>|$",
            "$\\text{<img src=x onerror=hostile(1)>}$",
            "$\\char`\\<$",
            '$\\char"FFFFFF$',
            "$\\unicode{x}$",
            "$x % the rest is a comment$ and more",
            "$\\input{/etc/passwd}$",
            "$\\write18{id}$",
            "$\\catcode`\\$=12 x$",
            "$\\tag{<b>}x$",
            "$$x \\tag{1} \\tag{2}$$",
            "$\\mathchoice{a}{b}{c}{d}$",
            "$\\csname x\\endcsname$",
            "$\\left\\langle x \\right.$",
            "$\\require{ams}$",
            "$\\newline\\newline\\newline x$",
            "$\\cancel{x}\\sout{\\text{y}}$",
        ]
    )
