"""Public holidays of countries and regions. The library is imported when somebody asks for them: it takes 0.3 s and 20 MB."""

from collections.abc import Iterable
from datetime import date

_LONGEST_CODE = 3
"""Longer names of regions are written as the library does: FR-Zone A."""


def public_holidays(region: str, years: Iterable[int], language: str = "") -> dict[date, str]:
    """Return the public holidays of years with their names, in order.

    Args:
        region: ISO 3166: a country or one of its regions, such as `DE` or `DE-BY`; case does not matter in codes.
        years: the years.
        language: the wanted language of the names; a country without it names them in its own.

    Raises:
        LookupError: no holidays are known of this country, this region or one of the years.
    """
    import holidays  # noqa: PLC0415 - see above

    country, _, subdivision = region.strip().partition("-")
    country = country.upper()
    if len(subdivision) <= _LONGEST_CODE:
        subdivision = subdivision.upper()
    try:
        languages = holidays.list_localized_countries(include_aliases=True).get(country, [])
        days = holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=list(years),
            language=next((each for each in languages if each.split("_")[0] == language), None),
        )
    except NotImplementedError as error:
        raise LookupError(region) from error
    if not days:
        raise LookupError(region)
    return dict(sorted(days.items()))
