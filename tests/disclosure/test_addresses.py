import pytest

from modelx.disclosure.addresses import address, chart_place, default_place, edition_place, option_place, slug
from modelx.domain.errors import InvalidInput


def test_every_document_has_a_stable_place_of_its_own() -> None:
    assert chart_place("ACME") == "acme"
    assert option_place("ACME", "ACME/GROW/A") == "acme/grow-a"
    assert option_place("ACME", "STABLE") == "acme/stable"
    assert default_place("ACME") == "acme/default-option"
    assert edition_place("acme/grow-a", 2) == "acme/grow-a.2"
    assert address("https://notices.example.com/", "acme/grow-a") == "https://notices.example.com/acme/grow-a/"


def test_a_place_holds_only_plain_letters() -> None:
    assert slug("../../Etc/Pass wd_é") == "etc-pass-wd"
    with pytest.raises(InvalidInput, match="no letter or digit"):
        slug("../")


@pytest.mark.parametrize("base", ["http://x.example/", "https://x.example", "https:///", "notices/"])
def test_the_site_has_an_https_base(base: str) -> None:
    with pytest.raises(InvalidInput, match="must be https"):
        address(base, "acme")
