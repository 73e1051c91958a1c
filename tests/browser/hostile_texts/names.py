"""What templates, data formats and objects of scripts would take for their own."""

from random import Random

from tests.browser.hostile_texts.kit import attack, call, within, words


@attack
def templates(dice: Random) -> str:
    run = call(dice)
    return within(
        dice,
        dice.choice(
            [
                f"${{{run}}}",
                f"{{{{ {run} }}}}",
                "{% debug %}",
                "{% include '/etc/passwd' %}",
                f"#{{{run}}}",
                f"<%= {run} %>",
                "{step} of {count}, {rating}, {message}",
                "{0} {1!r} %s %(name)s %n",
                f"`{run}`",
                "{{ settings.SECRET_KEY }} {# gone #}",
            ]
        ),
    )


@attack
def broken_json(dice: Random) -> str:
    """Ends the string, the script element or the line that a page may keep the text in."""
    run = call(dice)
    return dice.choice(
        [
            f'"}}]}};{run};//',
            f"</script><script>{run}</script>",
            "\u2028\u2029 line ends to some",
            "\\u003cscript\\u003e",
            "\\",
            '\\"',
            "<!--<script>",
            "\\ud800 and \\x00",
            f"'-{run}-'",
            '{"rating": -1, "__proto__": {"steps": []}}',
        ]
    ) + words(dice, 2)


@attack
def prototype_names(dice: Random) -> str:
    name = dice.choice(
        ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "__defineGetter__", "then"]
    )
    return dice.choice(
        [
            "{0}",
            "$\\{0}$",
            "\\[\\begin{{{0}}} x \\end{{{0}}}\\]",
            "$\\{0}{{x}}^{{{0}}}_\\{0}$",
            "$\\operatorname{{{0}}} x$",
            "$\\def\\{0}{{1}}\\{0}$",
            "\\begin{{{0}}}x\\end{{{0}}}",
            "$\\text{{{0}}}$ and \\{0}",
            "$\\color{{{0}}} x$",
        ]
    ).format(name)
