"""How quadratic equations are asked for and worked in words."""

ASKS = {
    "larger": (
        "Find the larger solution of ${equation}$.",
        "What is the greatest value of $x$ for which ${equation}$?",
    ),
    "smaller": ("Find the smaller solution of ${equation}$.", "What is the least value of $x$ for which ${equation}$?"),
    "all": (
        "Solve ${equation}$. Give the solutions from smallest to largest, separated by a comma.",
        r"Find all real numbers $x$ with \[{equation}.\] List them in increasing order, separated by a comma.",
    ),
    "gap": (
        "By how much do the two solutions of ${equation}$ differ?",
        "What is the positive difference between the solutions of $${equation}?$$",
    ),
    "squares": (
        "Find the sum of the squares of all solutions of ${equation}$.",
        r"The solutions of \[{equation}\] are squared, and the squares are added. What is the result?",
    ),
}
PHRASES = {
    "arrange": (
        "First bring everything to one side: {shown}.",
        "Rewriting the equation in standard form, we get {shown}.",
        "We move all terms to the left-hand side: {shown}.",
    ),
    "pair": (
        "To factor, look for two numbers whose product is {product} and whose sum is {sum}: they are {shown}.",
        "We need two numbers with product {product} and sum {sum}. The numbers {shown} work.",
        "Which two numbers multiply to {product} and add up to {sum}? That would be {shown}.",
    ),
    "factor": (
        "So the quadratic factors, and the equation becomes {shown}.",
        "This lets us write the equation as {shown}.",
        "Factoring the left-hand side: {shown}.",
    ),
    "read": (
        "I use the quadratic formula with {shown}.",
        "Comparing with $ax^2 + bx + c = 0$, we read off {shown}.",
        "Here the coefficients are {shown}.",
    ),
    "disc": (
        "The discriminant is {shown}.",
        "Next I compute the discriminant: {shown}.",
        "Under the square root we will need {shown}.",
    ),
    "formula": (
        "By the quadratic formula, {shown}.",
        "Plugging this into the quadratic formula gives {shown}.",
        "The formula now says that {shown}.",
    ),
    "roots": (
        "This gives the solutions {shown}.",
        "Hence the solutions are {shown}.",
        "The equation is therefore solved by {shown}.",
    ),
}
# Instead of the move's own phrases, by the first word of the slip's variant.
ONE_ROOT = {
    "cancel": (
        "Divide both sides by $x$: {shown}. This is the only solution.",
        "Cancelling one $x$ on both sides leaves just one solution, {shown}.",
        "Since both sides contain $x$, we can cancel it and the only solution is {shown}.",
    ),
    "drop": (
        "This gives a single solution, {shown}.",
        "The only solution is therefore {shown}.",
        "Hence {shown}, and there are no other solutions.",
    ),
}
ENDINGS = {
    "larger": ("The larger solution is ${box}$.", "So the answer is ${box}$.", "Of the two, the larger is ${box}$."),
    "smaller": ("The smaller solution is ${box}$.", "So the answer is ${box}$.", "Of the two, the smaller is ${box}$."),
    "all": ("The complete list is ${box}$.", "So the answer is ${box}$.", "Sorted, the solutions are ${box}$."),
    "gap": ("Their difference is {work}, so the answer is ${box}$.", "Subtracting, we get {work}. Answer: ${box}$."),
    "squares": ("Squaring and adding: {work}. The answer is ${box}$.", "The sum of squares is {work}, hence ${box}$."),
    "larger of one": ("So the answer is ${box}$.", "The value asked for is ${box}$."),
    "smaller of one": ("So the answer is ${box}$.", "The value asked for is ${box}$."),
    "all of one": ("So the answer is ${box}$.", "The list has one entry: ${box}$."),
    "squares of one": ("The sum of squares is {work}, hence ${box}$.", "Squaring gives {work}. The answer is ${box}$."),
}
