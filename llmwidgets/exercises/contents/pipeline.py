"""Exercises of this notebook."""

from __future__ import annotations

from llmwidgets.exercises.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
