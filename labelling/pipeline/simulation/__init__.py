"""Simulated raters with known accuracy, bias, speed, neutral habit and fatigue. Plain: no Django, no database.

``profiles.py``: what a rater is like; ``judging.py``: how such a rater judges a solution whose truth is known;
``work.py``: one rater's session at a desk; ``http_desk.py``: the desk that is the rater's own page and API.
"""

from labelling.pipeline.simulation.judging import Judgement, Truth, judge
from labelling.pipeline.simulation.profiles import PROFILES, BadProfile, Profile, profiles_from_json

__all__ = ["PROFILES", "BadProfile", "Judgement", "Profile", "Truth", "judge", "profiles_from_json"]
