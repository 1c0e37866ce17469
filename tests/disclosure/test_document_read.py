import pytest

from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.document import Document, canonical_json, content_hash
from modelx.disclosure.document_read import document_of
from modelx.disclosure.page_document import page_document
from modelx.domain.errors import InvariantBroken
from tests.disclosure.examples import plan

PLAN = plan()


@pytest.mark.parametrize(
    "document",
    [chart_document(PLAN, "https://notices.example.com/acme/"), *(page_document(PLAN, one) for one in PLAN.options)],
    ids=lambda document: document.subject,
)
def test_a_stored_notice_reads_back_as_the_document_that_was_hashed(document: Document) -> None:
    again = document_of(canonical_json(document))
    assert again == document
    assert content_hash(again) == content_hash(document)


def test_a_notice_that_was_tampered_with_is_not_read() -> None:
    content = canonical_json(chart_document(PLAN, "https://notices.example.com/acme/"))
    with pytest.raises(InvariantBroken, match="read back"):
        document_of(content.replace('"kind":"chart"', '"kind" :"chart"'))
