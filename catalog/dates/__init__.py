"""Chinese date texts as ranges of days, so that records can be sorted and filtered by date.

The text a person or the model wrote stays as it is; only the range derived from it is used for comparing. `parsing`
puts expressions together, `single` reads one of them, `eras` turns years of reigns into Gregorian ones, `normal`
brings what people write into one form, `offering` finds what can be read in a text that cannot be read as a whole.
"""

from catalog.dates.offering import understood_part, with_date
from catalog.dates.parsing import is_unread, parse
from catalog.dates.ranges import APPROXIMATE_YEARS, DateRange, written

__all__ = ["APPROXIMATE_YEARS", "DateRange", "is_unread", "parse", "understood_part", "with_date", "written"]
