"""The exception tree: one class for each way a promise can break.

A bad row of data is a :class:`~modelx.domain.finding.Finding`, not an exception. An exception stops the command.

    ModelxError
      InvalidInput          the user's data or arguments cannot be used; nothing was applied
        OutOfRange          a number is outside the range that the exact arithmetic proves
      NotFound              a plan, model, sleeve, security or night that does not exist
        UnknownSleeve
      NotPermitted          maker and checker are the same person, or a role is missing
      Conflict              somebody else moved first, or the same key came with other content
        KeyReusedWithDifferentInput
        NightOutOfOrder     the date is not the next session
        StalePreview        an approval names inputs that have moved since
        AlreadyRunning      another runner holds the night
      Blocked               open exceptions stand in the way
      AwaitingApproval      a second person must approve first
      InvariantBroken       the ledger, a chain or a reproduction does not agree with itself
        UnbalancedEntry
      Transient             try again: the database was busy or the connection was lost
"""


class ModelxError(Exception):
    """Base of every error a user can be shown. The message names the cause and the remedy."""


class InvalidInput(ModelxError):
    """The user's data or arguments cannot be used; nothing was applied."""


class OutOfRange(InvalidInput):
    """A number is outside the range in which the exact arithmetic is proven."""


class NotFound(ModelxError):
    """The thing named does not exist."""


class UnknownSleeve(NotFound):
    """No such (plan, model)."""


class NotPermitted(ModelxError):
    """The person may not do this: above all, approve their own work."""


class Conflict(ModelxError):
    """The state moved, or a key was reused with other content."""


class KeyReusedWithDifferentInput(Conflict):
    """An idempotency key came back with another request."""


class NightOutOfOrder(Conflict):
    """A night was asked for that is not the next one."""


class StalePreview(Conflict):
    """An approval names a preview whose inputs have moved."""


class AlreadyRunning(Conflict):
    """Another runner holds the night; the message says who."""


class Blocked(ModelxError):
    """Open exceptions stand in the way."""


class AwaitingApproval(ModelxError):
    """A second person must approve first."""


class InvariantBroken(ModelxError):
    """The ledger, a hash chain or a reproduction does not agree with itself."""


class UnbalancedEntry(InvariantBroken):
    """A journal that would not balance, or would move two commodities at once."""


class Transient(ModelxError):
    """The database was busy or the connection was lost; trying again is safe."""
