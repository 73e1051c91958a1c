"""The people in word problems."""

from random import Random
from typing import NamedTuple


class Person(NamedTuple):
    name: str
    he: str
    his: str

    @property
    def starts(self) -> str:
        return self.he.capitalize()


PEOPLE = (
    Person("Nora", "she", "her"),
    Person("Malik", "he", "his"),
    Person("Priya", "she", "her"),
    Person("Jonas", "he", "his"),
    Person("Elena", "she", "her"),
    Person("Tomas", "he", "his"),
    Person("Aisha", "she", "her"),
    Person("Kenji", "he", "his"),
    Person("Ruth", "she", "her"),
    Person("Diego", "he", "his"),
)


def two_people(rng: Random) -> tuple[Person, Person]:
    one, two = rng.sample(PEOPLE, 2)
    return one, two
