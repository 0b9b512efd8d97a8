"""Published polls as questions to the model: which instrument covers a row, and what it would print."""

from spsim.experiments.surveys.asking import ask, shares
from spsim.experiments.surveys.errors import covariance
from spsim.experiments.surveys.predicting import Prediction, predict
from spsim.experiments.surveys.questions import Question, Uncovered, questions, second_sources

__all__ = [
    "Prediction", "Question", "Uncovered", "ask", "covariance", "predict", "questions", "second_sources", "shares",
]
