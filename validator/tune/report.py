"""A measurement in, the page that shows it out."""

from validator.tune.measure import Measurement
from validator.tune.page import Section, draw_page, figure_tiles, measurement_sections


def draw_report(found: Measurement, charts: str = "") -> str:
    """The page of a measurement, with charts if there are any."""
    about = (
        f"{found.records} labelled programs of {found.families} families, judged by {found.side}: "
        f"review at {found.review_at}, deny at {found.deny_at}."
    )
    pictures = [Section("In pictures", charts)] if charts else []
    sections = [*pictures, *measurement_sections(found)]
    return draw_page("How well the rules tell risky from honest", about, figure_tiles(found.stopped), sections)
