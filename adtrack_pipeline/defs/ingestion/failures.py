"""When a step of ingestion fails as a whole, and with which sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from adtrack_pipeline.ingestion import SyncSummary
from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.warehouse import DatabaseError
from adtrack_pipeline.warehouse.load import LoadError

# A person has to change something first; trying again only asks the same question.
HOPELESS = {ErrorClass.ALERT, ErrorClass.PERMANENT}


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """An expected error fails the step with its sentence; anything else is a mistake and keeps its traceback."""
    try:
        yield
    except PlatformError as error:
        raise dg.Failure(str(error), allow_retries=error.error_class not in HOPELESS) from None
    except (DatabaseError, LoadError) as error:
        raise dg.Failure(str(error)) from None


def stop_if_nothing_came(summary: SyncSummary) -> None:
    """One failing account is a red check; when every account failed, the step has.

    Raises:
        dagster.Failure: with each account's sentence once.
    """
    if not summary.nothing_succeeded:
        return
    sentences = dict.fromkeys(one.error for one in summary.outcomes if one.error)
    people = any(one.needs_a_person for one in summary.outcomes)
    raise dg.Failure("No account could be read. " + " ".join(sentences), allow_retries=not people)
