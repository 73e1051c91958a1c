"""Markup and addresses: what an unescaped text would become in the page."""

from random import Random

from tests.browser.hostile_texts.kit import attack, call, mixed_case, within, words

TAGS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "details open",
    "input autofocus",
    "iframe",
    "marquee",
    "audio src=x",
)
HANDLERS = ("onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onpointerenter", "onanimationstart", "onstart")


@attack
def script_tag(dice: Random) -> str:
    run = call(dice)
    return within(
        dice,
        dice.choice(
            [
                f"<script>{run}</script>",
                f"<{mixed_case(dice, 'script')} type=module>{run}</script >",
                f"<scr<script>ipt>{run}</scr</script>ipt>",
                f"<script src='data:text/javascript,{run}'></script>",
                f'"><script>{run}//',
                f"<script\n\t/x>{run}</script\n>",
            ]
        ),
    )


@attack
def event_handler(dice: Random) -> str:
    quote = dice.choice(["", '"', "'", "`"])
    space = dice.choice([" ", "/", "\n", "\t", "\x0c"])
    return within(dice, f"<{dice.choice(TAGS)}{space}{dice.choice(HANDLERS)}={quote}{call(dice)}{quote}>")


@attack
def markup_of_the_page(dice: Random) -> str:
    """Closes what our own page has open, or opens what covers it."""
    return within(
        dice,
        dice.choice(
            [
                "</div></li></ol></section></main></body></html>",
                "</template></textarea></title></noscript>",
                "<dialog open>Signed out. <a href='//evil.example/'>Sign in</a></dialog>",
                "<base href='//evil.example/'>",
                "<meta http-equiv=refresh content='0;url=//evil.example/'>",
                f"<iframe srcdoc='<script>parent.{call(dice)}</script>'></iframe>",
                "<form action='//evil.example/'><button>Submit</button></form>",
                "<plaintext>",
                f"<!--{words(dice)}",
                f"]]><![CDATA[{words(dice)}",
            ]
        ),
    )


@attack
def clobbering(dice: Random) -> str:
    """Elements whose names hide what scripts look up in the document."""
    name = dice.choice(["page-config", "strings", "csrf-token", "content", "why", "currentScript", "getElementById"])
    tag = dice.choice(["a", "form", "img", "input", "object", "embed"])
    return within(
        dice, f'<{tag} id="{name}" name="{name}" data-part="{name}" data-key="submit">{words(dice, 2)}</{tag}>'
    )


@attack
def svg_and_mathml(dice: Random) -> str:
    run = call(dice)
    return within(
        dice,
        dice.choice(
            [
                f"<svg onload={run}><circle r=9></svg>",
                f"<svg><a xlink:href='javascript:{run}'><text y=20>x</text></a></svg>",
                f"<svg><foreignObject><img src=x onerror={run}></foreignObject></svg>",
                f"<svg><animate attributeName=href values=javascript:{run} /></svg>",
                f"<math><mi xlink:href='javascript:{run}'>x</mi></math>",
                f"<math><annotation-xml encoding='text/html'><img src=x onerror={run}></annotation-xml></math>",
                f"<svg><style><img src=x onerror={run}></style></svg>",
                f"<svg><use href='data:image/svg+xml,<svg id=x onload={run} />#x' /></svg>",
            ]
        ),
    )


@attack
def entities(dice: Random) -> str:
    run = call(dice)
    return within(
        dice,
        dice.choice(
            [
                f"&lt;script&gt;{run}&lt;/script&gt;",
                f"&#60;img src=x onerror={run}&#62;",
                f"&#x3c;svg/onload={run}&#x3e;",
                f"<a href='javas&#99;ript&colon;{run}'>x</a>",
                "&amp;lt;b&amp;gt; &nbsp; &#0; &#xD800; &NotEqualTilde; &bogus;",
                f"&lt{run}&gt &quot;&apos;",
            ]
        ),
    )


@attack
def css_injection(dice: Random) -> str:
    return within(
        dice,
        dice.choice(
            [
                "</style><style>*{display:none}</style>",
                "<style>@import '//evil.example/x.css';</style>",
                "<div style='position:fixed;inset:0;background:red;z-index:99'>over all</div>",
                "<link rel=stylesheet href='//evil.example/x.css'>",
                "<p style=\"background:url('//evil.example/seen')\">seen</p>",
                "<div class='dialog action-bar problem visually-hidden' hidden>classes of ours</div>",
                "}} body { visibility: hidden } /*",
                "--text-read: 900px; --column: 1px;",
            ]
        ),
    )


@attack
def addresses(dice: Random) -> str:
    run = call(dice)
    return within(
        dice,
        dice.choice(
            [
                f"javascript:{run}",
                f"[see here](javascript:{run})",
                f"<a href='vbscript:{run}'>see here</a>",
                f"data:text/html,<script>{run}</script>",
                f"<object data='data:text/html;base64,PHNjcmlwdD4='>{run}</object>",
                f"![x](data:image/svg+xml,<svg onload={run}>)",
                "https://evil.example/%2e%2e/?a=<b>&c='d'#e",
                "<img src='//evil.example/seen.gif'>",
            ]
        ),
    )
