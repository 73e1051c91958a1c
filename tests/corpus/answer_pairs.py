r"""Answers by kind, in classes: what stands in one class says the same, what stands in two classes of a kind does not.

So a kind gives pairs of both sorts, in both orders. ``TRAPS``: lenient graders call them right.
"""

from collections.abc import Iterator
from itertools import combinations

KINDS: dict[str, list[list[str]]] = {
    "integers": [
        ["42", "42.0", r"$42$", "+42", r"\boxed{42}"[7:-1], "042"[1:]],
        ["-42", "−42", r"$-42$"],
        ["1000", "1,000", r"1{,}000", "10^3", r"10^{3}"],
        ["120", "5!", r"5 \cdot 4!", r"2\cdot 60"],
    ],
    "fractions": [
        [r"\frac{3}{4}", "3/4", "0.75", r"\dfrac{6}{8}", r"\frac34", r"\tfrac{3}{4}"],
        [r"-\frac{3}{4}", r"\frac{-3}{4}", "-0.75", r"-\dfrac 34"],
        [r"1\frac{3}{4}", "7/4", "1.75", r"\frac{7}{4}"],
        [r"\frac{4}{3}", "4/3"],
    ],
    "roots": [
        [r"\sqrt{12}", r"2\sqrt{3}", r"2\sqrt3", "sqrt(12)", r"\frac{6}{\sqrt{3}}", r"12^{1/2}"],
        [r"\sqrt{3}", "sqrt(3)", r"3^{\frac{1}{2}}"],
        [r"3\sqrt{2}", r"\sqrt{18}"],
        [r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}", r"\sqrt{\frac12}"],
    ],
    "pi": [
        [r"\frac{\pi}{2}", r"0.5\pi", r"\pi/2", r"\frac{1}{2}\pi", "pi/2"],
        [r"2\pi", r"\pi \cdot 2", "2pi"],
        [r"\pi^2", r"\pi\cdot\pi"],
    ],
    "powers of ten": [
        [r"1.2\times10^5", "120000", "120,000", r"12 \times 10^{4}", r"1.2 \cdot 10^5"],
        [r"1.2\times10^{-5}", "0.000012"],
        [r"2^{10}", "1024"],
    ],
    "expressions": [
        ["2x+3", "3+2x", r"2 \cdot x + 3", "2(x+1)+1"],
        ["(x+1)^2", "x^2+2x+1", r"(x+1)(x+1)", "x^2 + 2x + 1"],
        ["x^2-1", "(x-1)(x+1)", r"(x+1)(x-1)"],
        [r"\frac{x}{2}", "x/2", "0.5x", r"\frac{1}{2}x"],
        ["2x-3", "-3+2x"],
    ],
    "polynomials": [
        ["x^3-x", "x(x^2-1)", "x(x-1)(x+1)"],
        ["6x^2+5x+1", "(2x+1)(3x+1)", "(3x+1)(2x+1)"],
        ["6x^2-5x+1", "(2x-1)(3x-1)"],
    ],
    "two letters": [["a^2-b^2", "(a-b)(a+b)"], ["a^2+b^2", "b^2+a^2"], ["(a+b)^2", "a^2+2ab+b^2"]],
    "equations": [
        ["y=2x+3", "y = 3 + 2x", "2x-y+3=0", "2x - y = -3"],
        ["y=2x-3", "2x-y-3=0"],
        ["x^2+y^2=4", "y^2 + x^2 = 4", "x^2+y^2-4=0"],
    ],
    "a value with its name": [["x=5", "5", "x = 5", "$x=5$"], ["x=-5", "-5"], [r"x=\frac12", "0.5", "x = 1/2"]],
    "intervals": [
        ["[1,2)", r"\left[1,2\right)", r"1 \le x < 2", r"x \in [1,2)", r"[1, \frac{4}{2})"],
        ["[1,2]", r"1 \leq x \leq 2", r"\left[ 1, 2 \right]"],
        ["(1,2]", r"1 < x \le 2"],
        [r"(-\infty,2)", "x<2", r"\left(-\infty, 2\right)", r"2 > x"],
        [r"(-\infty,2]", r"x \le 2", r"x \leq 2"],
        [r"[2,\infty)", r"x \ge 2", r"x\geq 2"],
    ],
    "unions": [
        [r"(-\infty,1)\cup(2,\infty)", r"x<1 \text{ or } x>2", r"(2,\infty)\cup(-\infty,1)"],
        [r"(-\infty,1]\cup[2,\infty)", r"x \le 1 \text{ or } x \ge 2"],
        [r"(-\infty,1)\cup(3,\infty)"],
    ],
    "sets": [
        [r"\{1,2,3\}", r"\{3, 2, 1\}", r"\left\{1,2,3\right\}", "1,2,3", r"\{1, 2, \frac{6}{2}\}"],
        [r"\{1,2\}", r"\{2,1\}"],
        [r"\{1,2,4\}"],
        [r"\emptyset", r"\varnothing", r"\{\}", r"\text{no solution}"],
    ],
    "tuples": [
        ["(1,2)", "(1, 2)", r"\left(1,2\right)", r"\left( 1, \frac{4}{2} \right)"],
        ["(2,1)", r"\left(2, 1\right)"],
        ["(1,2,3)", "(1, 2, 3)"],
        ["(1,3,2)"],
        [r"(\frac{1}{2},-3)", "(0.5,-3)"],
    ],
    "matrices": [
        [
            r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
            r"\begin{bmatrix}1&2\\3&4\end{bmatrix}",
            r"\begin{pmatrix} 1 & \frac{4}{2} \\ 3 & 4 \end{pmatrix}",
        ],
        [r"\begin{pmatrix} 1 & 3 \\ 2 & 4 \end{pmatrix}"],
        [r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix}1\\2.0\end{pmatrix}"],
        [r"\begin{pmatrix} 1 & 2 \end{pmatrix}"],
    ],
    "units": [
        [r"5\text{ cm}", "5 cm", r"5\,\text{cm}", "50 mm"],
        [r"6\text{ cm}", "6 cm", "60 mm"],
    ],
    "times": [["2 hours", "120 minutes", r"2\text{ hours}"], ["2 minutes", "120 seconds"], ["3 hours"]],
    "areas": [[r"72\text{ cm}^2", r"72 \text{ cm}^{2}", "72"], [r"36\text{ cm}^2"]],
    "angles": [[r"90^\circ", "90", r"90^{\circ}", "90°", "90 degrees"], [r"45^\circ", "45"]],
    "money": [["$5", r"\$5.00", "5 dollars", "500 cents"], ["$50", r"\$50"], ["$5.50", r"\$5.5", "5.50"]],
    "percent": [[r"25\%", "25%", "0.25", r"\frac{1}{4}", "25 percent"], [r"50\%", "50 %", "0.5"]],
    "bases": [["4210_5", "4210_{5}", r"4210_{5}"], ["4211_5", "4211_{5}"], ["1010_2", "1010_{2}"]],
    "texts": [
        [r"\text{Evelyn}", "Evelyn", r"\text{evelyn}", "evelyn."],
        [r"\text{Briana}", "Briana"],
    ],
    "words": [[r"\text{even}", "even", "Even"], [r"\text{odd}", "odd"], [r"\text{neither}", "neither"]],
    "choices": [[r"\text{(C)}", "(C)", r"\textbf{(C)}"], [r"\text{(B)}", r"\textbf{(B)}"]],
    "several answers": [
        ["1, -2", "-2, 1", r"x = 1 \text{ or } x = -2", r"1 \text{ and } -2", r"\{1,-2\}", "x=1, x=-2"],
        ["1, 2", "2, 1", "x=1 or x=2"],
        ["-1, 2", "2, -1"],
    ],
    "plus or minus": [
        [r"1 \pm \sqrt{2}", r"1+\sqrt{2}, 1-\sqrt{2}", r"1-\sqrt2,1+\sqrt2", r"x = 1 \pm \sqrt{2}"],
        [r"2 \pm \sqrt{2}", r"2-\sqrt2, 2+\sqrt2"],
    ],
    "named values": [["x=1, y=2", "y=2, x=1", "x = 1, y = 2"], ["x=2, y=1", "y = 1, x = 2"]],
    "complex numbers": [["3+4i", "4i+3", "3 + 4i"], ["3-4i", "-4i+3"], ["4+3i"]],
    "logarithms": [[r"\log_2 8", "3", r"\log_{2} 8"], [r"\ln e^2", "2"], [r"\log_3 2"]],
    "trigonometry": [[r"\sin 30^\circ", "1/2", r"\cos 60^\circ"], [r"\tan 45^\circ", "1"], [r"\frac{\sqrt{3}}{2}"]],
    "counting": [[r"\binom{5}{2}", "10", r"\dbinom{5}{2}"], [r"\binom{6}{2}", "15"], [r"\frac{6!}{3!}", "120"]],
    "repeating decimals": [[r"0.\overline{3}", r"\frac13", "1/3"], [r"0.1\overline{6}", "1/6", r"0.1\bar{6}"]],
    "letters that are units elsewhere": [
        ["3gt", "3tg", r"3 \cdot t \cdot g"],
        ["5m", r"m \cdot 5", "2m+3m"],
        [r"2\pi r h", r"2\pi h r"],
        [r"\frac{1}{2}gt^2", r"\frac{gt^2}{2}", r"0.5 t^2 g"],
    ],
    "imaginary numbers": [
        [r"i\sqrt{3}", r"\sqrt{-3}"],
        [r"\frac{1}{1+i}", r"\frac{1-i}{2}"],
        ["1+i", r"\frac{2}{1-i}"],
    ],
    "lists in words": [
        [r"\{2,3,5\}", r"\text{2, 3 and 5}", r"2 \text{, } 3 \text{, and } 5"],
        [r"\text{2 and 3}", "2, 3"],
    ],
    "short roots": [[r"5\sqrt 2", r"5\sqrt2", r"5\sqrt{2}"], [r"5\sqrt 3", r"5\sqrt{3}"]],
    "square units": [["15 square feet", r"15\text{ ft}^2", "15 sq ft"], [r"\pi\text{ square units}", r"\pi"]],
    "unequal": [[r"x \neq 2", r"x\ne 2"]],
    "infinity": [[r"\infty", r"+\infty"], [r"-\infty"]],
}

TRAPS = [
    ("4210", "4210_5"),
    ("4210_5", "4210"),
    ("4210_5", "4210_6"),
    ("50", r"50\%"),
    (r"50\%", "50"),
    ("0", "x+y=0"),
    ("0", "x^2-1=0"),
    ("0", "f(x)=x=0"),
    ("x+y=0", "0"),
    (r"\{1,2\}", "(1,2)"),
    ("(1,2)", r"\{1,2\}"),
    ("(1,2)", "[1,2]"),
    ("[1,2)", "(1,2]"),
    ("(1,2)", "(2,1)"),
    ("(2,1)", "1,2"),
    ("x=1,y=2", "x=2,y=1"),
    ("5 hours", "5 minutes"),
    ("5", "5 billion"),
    ("$5", "5 cents"),
    ("A", "a"),
    ("AB", "ab"),
    ("5", "5x"),
    ("5", "5 or 6"),
    ("5", "5, 6"),
    ("1,2", "1"),
    ("1/3", "0.3333"),
    (r"\pi", "3.14"),
    (r"\sqrt{2}", "1.41"),
    ("x<2", "x>2"),
    ("x<2", r"x \le 2"),
    ("x+1", "y+1"),
    ("12", "1 2"),
    ("12", "1,2"),
    ("1000", "1.000"),
    (r"\text{Evelyn}", r"\text{not Evelyn}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}"),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
    ("5", "print(5)"),
    ("5", "\u202e5"),
    ("2^{3}", "2_3"),
    ("x^2", "x_2"),
    (r"\frac{1}{2}", "12"),
    ("10", "1e"),
    ("e", "2.718"),
    ("3", r"\ldots 3"),
    ("7", "7=8"),
    ("5", "=5="),
    ("3", "3xy"),
    ("3", "3ab"),
    ("5", "5m"),
    ("5", "5t"),
    ("5", "5 ab"),
    (r"\frac{1}{2}", r"\frac{1}{2}m"),
    (r"2\pi", r"2\pi hr"),
    ("x=5", "y=5"),
    ("1234", "1, 234"),
    ("7:30 am", "7:30 pm"),
    ("7:30", "7/30"),
    ("5 m", "5 mm"),
    ("1,2,2", "1,1,2"),
    ("1,2", "1,2,2"),
    ("2", "2,2"),
    ("3", "3..."),
    ("5", "5 below zero"),
    ("2", "2 thirds"),
    ("1", "1 half"),
    ("3", "3 point five"),
    ("8", "8 plus ten"),
    ("5", "5 negative"),
    ("AB+1", r"\overline{AB}"),
]


def pairs() -> Iterator[tuple[str, str, str, bool]]:
    """(kind, reference, answer, whether they say the same), each in both orders."""
    for kind, classes in KINDS.items():
        for members in classes:
            for one, other in combinations(members, 2):
                yield kind, one, other, True
                yield kind, other, one, True
        for first, second in combinations(classes, 2):
            for number, one in enumerate(first):
                other = second[number % len(second)]
                yield kind, one, other, False
                yield kind, other, one, False
