"""Finding a solution's final answer; finding none is a result."""

import pytest

from labelling.corpus.grading import extract_answer, reference_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So \(\boxed{18}\) dollars.", "18"),
        (r"\boxed{1} then \boxed{2}", "2"),
        (r"\boxed{\frac{a}{\sqrt{b}}} more } text", r"\frac{a}{\sqrt{b}}"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{\}5\{}", r"\}5\{"),
        (r"$\fbox{7}$", "7"),
        (r"\boxed 50.", "50"),
        (r"\boxed {x+1}", "x+1"),
        (r"$\boxed{ \text{(C)} }$", r"\text{(C)}"),
    ],
)
def test_it_reads_the_last_box(text: str, answer: str) -> None:
    found = extract_answer(text)
    assert (found.text, found.how) == (answer, "boxed")


@pytest.mark.parametrize(
    ("text", "answer", "how"),
    [
        ("We add.\n\n# Answer\n\n320,000", "320,000", "heading"),
        ("We add.\n### Final Answer:\n**7**\n", "**7**", "heading"),
        ("### Answer\n\nBill is now on the 18th floor.", "18", "heading"),
        ("9 * 2 = 18\n#### 18", "18", "hashes"),
        ("9 * 2 = 18\nA: 18", "18", "answer-line"),
        ("so\nA: 10+John's age\n", "10+John's age", "answer-line"),
        ("so\nAnswer: x = 5", "x = 5", "answer-line"),
        ("**Final Answer:** George bought 5 candy bars.", "5", "answer-line"),
    ],
)
def test_it_reads_headings_and_answer_lines(text: str, answer: str, how: str) -> None:
    found = extract_answer(text)
    assert (found.text, found.how) == (answer, how)


def test_a_box_counts_before_an_answer_line() -> None:
    assert extract_answer("\\boxed{4}\nA: 5").text == "4"


def test_it_reads_the_steps_where_the_text_says_nothing() -> None:
    assert extract_answer("", ["one", r"so \boxed{3}"]).text == "3"
    assert extract_answer("We add them up", ["one", "A: 3"]).text == "3"


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("So, it takes **3** bolts in total.", "3"),
        ("Therefore, Josh made a profit of $70,000.", "70,000"),
        (r"Thus, the cost is \(\$2.50\).", "2.50"),
        ("Therefore, Lily and Amy have \\(50 + 70 = 120\\) friends.", "120"),
        ("So, 60% of the students dance.", "60%"),
        ("Therefore, Billy bought \\(\\frac{8}{3}\\) pounds.", r"\frac{8}{3}"),
        ("Therefore, Bill is now on the 18th floor.", "18"),
        ("So, she has 40 trees in May of year two, and finishes 3rd.", "40"),
        ("So, you need **8 pieces of paper** for a 32-page tabloid of 4 parts.", "8"),
        ("So, it takes 2 hours to charge it from 60% to 100%.", "2"),
        ("Therefore, after 15 days, the person grows 8 new limbs.", "8"),
        ("Therefore, there are 15 liters of water in the remaining 24 liters.", "15"),
        ("We rest. So, she pays $106.12 (rounded to 2 places).", "106.12"),
        ("So the temperature is -10.", "-10"),
    ],
)
def test_it_reads_a_closing_sentence_that_can_mean_one_number_only(sentence: str, answer: str) -> None:
    found = extract_answer(f"3 + 4 = 7\n\n{sentence}")
    assert (found.text, found.how) == (answer, "closing")


def test_it_sets_the_problems_own_numbers_aside() -> None:
    sentence = "So, Tracy obtained 8 pieces of wire, each 6 inches long."
    assert extract_answer(sentence).how == "ambiguous"
    found = extract_answer(sentence, problem="A wire of 4 feet is cut into pieces of 6 inches. How many?")
    assert (found.text, found.how) == ("8", "closing")


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("So, there are 8 rows of 5 stars on the flag.", "50 stars: 2 rows of 5 are red, 8 are blue. Rows?"),
        ("So, it takes 4 days to save the remaining $8.", "She has four coins. How long?"),
        ("Therefore, he bought 8 pounds or 3.5 kilograms.", "How much?"),
    ],
)
def test_it_does_not_choose_between_two_numbers(sentence: str, problem: str) -> None:
    found = extract_answer(sentence, problem=problem)
    assert (found.text, found.how) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("", "none"),
        ("   \n ", "none"),
        ("She has 3 + 4 = 7 eggs.", "none"),
        ("2 + 2 = 4\n25", "none"),
        ("He pays 5 * 1/2 = $<<5*1/2=2.5>>2.5 for 5 * 1", "none"),
        ("So = 5 + 6 = 11 - 0 = 11 - 6 =", "none"),
        ("Therefore, the answer cannot be determined.", "none"),
        ("**Step 3:** We add 4 and 5.", "none"),
        ("#### Step 3: Add up", "none"),
        (r"so \boxed{12", "unclosed-box"),
        (r"so \boxed{}", "empty-box"),
        ("A: " + "7" * 2_000, "too-long"),
        ("So, " + "11 = 11 " * 1_000 + ".", "none"),
    ],
)
def test_it_finds_no_answer_where_none_is_stated(text: str, how: str) -> None:
    found = extract_answer(text)
    assert (found.text, found.how) == (None, how)


@pytest.mark.parametrize("unit", [r"\boxed{", "# Answer\n", "(", "**", r"\(", "1,", "1 + ", "So 1. ", "{", "\\"])
def test_it_ends_fast_on_hostile_repetition(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert len(extract_answer(text, [text], problem=text[:5_000]).text or "") <= 1_000


def test_a_reference_answer_must_be_stated_in_so_many_words() -> None:
    assert reference_answer("She makes 9 * 2 = $<<9*2=18>>18.\nA: 18") == "18"
    assert reference_answer("She makes 18.\n#### 2,125") == "2,125"
    assert reference_answer("Therefore, she makes 18 dollars.") is None
