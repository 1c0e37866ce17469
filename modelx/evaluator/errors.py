"""What the evaluator refuses, one class for each reason.

The evaluator imports nothing else of the package, so its tree is its own; services translate it at their door.

    EvaluatorError
      BadCapitalMarkets     a covariance that is no covariance, or of other classes
      BadWeights            weights that are missing, negative or do not sum to one
      BadOption             an option whose record contradicts itself
      BadParticipants       columns of unequal length, or no usable participant
      BadSetting            a rule, premium, cap or date outside its range
"""


class EvaluatorError(ValueError):
    """Base of every refusal of the evaluator. The message names the cause and the remedy."""


class BadCapitalMarkets(EvaluatorError):
    """A covariance that cannot be one, or that speaks of other asset classes."""


class BadWeights(EvaluatorError):
    """Weights that are missing, negative, or do not sum to one."""


class BadOption(EvaluatorError):
    """An investment option whose record contradicts itself."""


class BadParticipants(EvaluatorError):
    """Participant columns that cannot be read together, or a plan with no usable participant."""


class BadSetting(EvaluatorError):
    """A rule, premium, cap or date outside its range."""
