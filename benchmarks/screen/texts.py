"""Problems and solutions in the manner of MATH: what the labelling page has to draw in earnest. All made up here."""

from collections.abc import Iterator
from dataclasses import dataclass

TEN = 10
LONG = 200
PROBLEM = (
    "Let $f(x) = \\frac{{x^2 - {sum}x + {product}}}{{x - {a}}}$ for all real $x \\neq {a}$. What is "
    "$\\displaystyle\\lim_{{x \\to {a}}} f(x) + \\sqrt{{{square}}}$? Express your answer in simplest form. (No. {n}.)"
)
STEPS = (
    "To find the limit of $f(x) = \\frac{{x^2 - {sum}x + {product}}}{{x - {a}}}$ as $x \\to {a}$, "
    "I first factor the numerator.",
    "I look for two numbers whose sum is ${sum}$ and whose product is ${product}$: these are ${a}$ and ${b}$.",
    "So \\[x^2 - {sum}x + {product} = (x - {a})(x - {b}).\\]",
    "For $x \\neq {a}$ the common factor cancels, and I get "
    "$$f(x) = \\frac{{(x - {a})(x - {b})}}{{x - {a}}} = x - {b}.$$",
    "The function $g(x) = x - {b}$ is continuous on $\\mathbb{{R}}$, so its limit is its value.",
    "Therefore $\\lim_{{x \\to {a}}} f(x) = {a} - {b} = {difference}$.",
    "Next, \\(\\sqrt{{{square}}} = {b}\\), as \\({b}^2 = {square}\\) and \\({b} \\geq 0\\).",
    "Adding both,\n\\begin{{align*}}\n\\lim_{{x \\to {a}}} f(x) + \\sqrt{{{square}}} &= {difference} + {b} \\\\\n"
    "&= {a}.\n\\end{{align*}}",
    "As a check, for $x = {a} + \\tfrac{{1}}{{10}}$ the value of $f$ is ${difference} + 0.1$, which is close to it.",
    "The answer is $\\boxed{{{a}}}$.",
)


@dataclass(frozen=True)
class Text:
    problem: str
    steps: tuple[str, ...]
    answer: str


def mathlike(number: int, *, steps: int = TEN) -> Text:
    """One of a thousand alike problems; a longer solution goes round and round."""
    a, b = 3 + number % 40, 2 + number // 40
    values = {
        "n": number, "a": a, "b": b, "sum": a + b, "product": a * b, "square": b * b, "difference": a - b,
    }  # fmt: skip
    return Text(PROBLEM.format(**values), tuple(_steps(values, steps)), str(a))


def _steps(values: dict[str, int], count: int) -> Iterator[str]:
    for at in range(count):
        again = f"Once more, {at // len(STEPS)}: " if at >= len(STEPS) else ""
        yield again + STEPS[at % len(STEPS)].format(**values)
